// Explores the real RobustMutex and RobustRwLock over a model of shared words, parking and death:
// every state that a few processes can get them into. Exits with 1 and a trace where one is wrong.

#include <chrono>
#include <cmath>
#include <cstdio>

#include "sync/robust_mutex.h"
#include "sync/robust_rw_lock.h"
#include "test/model/explorer.h"
#include "test/model/ground.h"

namespace {

using model::Ground;
using model::Op;
using model::Process;
using model::Scenario;
using named_shm::Outcome;
using Mutex = named_shm::RobustMutex<Ground>;
using RwLock = named_shm::RobustRwLock<Ground>;

RwLock::Words words{{Ground::Word64(model::kState), Ground::Word32(model::kWake)},
                    Ground::Word32(model::kLeft)};
Ground::Word64 readers[model::kReaders] = {Ground::Word64(model::kFirstReader),
                                           Ground::Word64(model::kFirstReader + 1),
                                           Ground::Word64(model::kFirstReader + 2)};

enum Way : unsigned {
  kTry = 1,
  kTimed = 2,
  kForever = 4,
  kAnyWay = kTry | kTimed | kForever,
  kRead = 8,
  kWrite = 16,
};

struct Plan {
  uint64_t token;
  unsigned ways;
  size_t readers = 0;  // how many have room; 0 for a mutex
  int stop = -1;       // its stop flag, if its waits can be stopped
};

uint64_t Choose(uint64_t count) {
  return count < 2 ? 0 : Process::Do({Op::Kind::kChoose, 0, count, 0});
}
void Remark(Op::Kind kind, uint64_t a = 0, uint64_t b = 0) { Process::Do({kind, 0, a, b}); }
void Expect(bool holds, const char* otherwise) {
  if (!holds) Remark(Op::Kind::kWrong, reinterpret_cast<uintptr_t>(otherwise));
}

// One of the bits that are set.
unsigned ChooseOf(unsigned bits) {
  uint64_t chosen = Choose(static_cast<uint64_t>(__builtin_popcount(bits)));
  for (; chosen > 0; --chosen) bits &= bits - 1;
  return bits & -bits;
}

class User {
 public:
  explicit User(const Plan& plan)
      : plan_(plan),
        ground_(false),
        stop_(static_cast<uint8_t>(model::kStop + (plan.stop < 0 ? 1 : plan.stop))),
        lock_(words, readers, plan.readers, ground_, plan.token) {}

  // One round.
  void Run() {
    if (!Process::Do({Op::Kind::kBegin, 0, 0, 0})) Remark(Op::Kind::kDone);
    unsigned way = ChooseOf(plan_.ways & kAnyWay);
    bool reads = plan_.readers > 0 && ChooseOf(plan_.ways & (kRead | kWrite)) == kRead;
    size_t slot = 0;
    ground_.HaveClock(way == kTimed);
    Outcome outcome = reads ? Read(way, slot) : Write(way);
    // As long as the one who has the room lives.
    for (; outcome == Outcome::kFull && plan_.readers == 1; outcome = Read(way, slot))
      Process::Do({Op::Kind::kRetry, 0, 0, 0});
    Judge(way, outcome);
    if (outcome != Outcome::kAcquired && outcome != Outcome::kAcquiredFromDead)
      return Remark(Op::Kind::kReturned);
    bool reported = outcome == Outcome::kAcquiredFromDead;
    Remark(Op::Kind::kEntered, !reads, reported);
    Remark(Op::Kind::kPause);
    if (reported && !reads && Choose(2) == 0) {
      Expect(lock_.MarkConsistent(), "the owner may not mark");
      Remark(Op::Kind::kRepaired);
    }
    Remark(Op::Kind::kLeft);
    if (reads) {
      lock_.ReleaseRead(slot);
    } else {
      Expect(lock_.ReleaseWrite(), "the owner may not release");
    }
  }

 private:
  Outcome Read(unsigned way, size_t& slot) {
    return way == kTry ? lock_.TryAcquireRead(slot) : lock_.AcquireRead(Deadline(way), stop_, slot);
  }

  Outcome Write(unsigned way) {
    return way == kTry ? lock_.TryAcquireWrite() : lock_.AcquireWrite(Deadline(way), stop_);
  }

  double Deadline(unsigned way) const { return way == kTimed ? Ground::kSoon : HUGE_VAL; }

  void Judge(unsigned way, Outcome outcome) {
    Expect(outcome != Outcome::kTimedOut || way != kForever, "a timeout that nobody set");
    Expect(outcome != Outcome::kStopped || (way != kTry && plan_.stop >= 0), "a stop by nobody");
    Expect(outcome != Outcome::kFull, "full, and there is room");
  }

  const Plan plan_;
  Ground ground_;
  model::Stop stop_;
  RwLock lock_;
};

Scenario::Member Use(const Plan& plan) {
  return {[plan] { User(plan).Run(); }, plan.token};
}

// The thread that tells another one of its process, a member of that number, to stop waiting.
Scenario::Member Interrupt(uint64_t token, int stop, int member) {
  return {[token, stop] {
            Ground ground(false);
            RwLock lock(words, readers, 1, ground, token);
            model::Stop(static_cast<uint8_t>(model::kStop + stop)).Raise();
            lock.WakeAll();
            Remark(Op::Kind::kDone);
          },
          token, member};
}

std::vector<Scenario> Scenarios() {
  constexpr unsigned kReadOrWrite = kForever | kRead | kWrite;
  return {
      {"mutex, 2 processes", {Use({1, kAnyWay}), Use({2, kAnyWay})}, 2},
      {"mutex, 3 processes", {Use({1, kAnyWay}), Use({2, kAnyWay}), Use({3, kAnyWay})}, 3},
      {"mutex, a wait that is stopped",
       {Use({1, kForever, 0, 0}), Interrupt(1, 0, 0), Use({2, kForever}), Use({3, kForever})},
       1},
      {"mutex, 2 threads with one handle",
       {Use({1, kAnyWay}), Use({1, kAnyWay}), Use({2, kAnyWay})},
       2},
      {"reader-writer lock, 2 processes",
       {Use({1, kAnyWay | kRead | kWrite, 2}), Use({2, kAnyWay | kRead | kWrite, 2})},
       2},
      {"reader-writer lock, 3 processes",
       {Use({1, kReadOrWrite, 3}), Use({2, kReadOrWrite, 3}), Use({3, kReadOrWrite, 3})},
       2},
      {"reader-writer lock, a writer that gives up",
       {Use({1, kTimed | kTry | kWrite, 2}), Use({2, kForever | kRead, 2}),
        Use({3, kForever | kRead, 2})},
       1},
      {"reader-writer lock, a wait that is stopped",
       {Use({1, kReadOrWrite, 2, 0}), Interrupt(1, 0, 0), Use({2, kReadOrWrite, 2})},
       2},
      {"reader-writer lock, room for one reader",
       {Use({1, kAnyWay | kRead, 1}), Use({2, kReadOrWrite, 1}), Use({3, kForever | kRead, 1})},
       2},
      {"reader-writer lock, 2 threads with one handle",
       {Use({1, kReadOrWrite, 3}), Use({1, kReadOrWrite, 3}), Use({2, kReadOrWrite, 3})},
       1},
  };
}

}  // namespace

// model_check [PREFIX]: with a prefix, the scenarios whose names begin with it, up to the first
// that fails.
int main(int argc, char** argv) {
  std::string prefix = argc > 1 ? argv[1] : "";
  bool all_hold = true;
  for (const Scenario& scenario : Scenarios()) {
    if (scenario.name.compare(0, prefix.size(), prefix) != 0) continue;
    auto begin = std::chrono::steady_clock::now();
    auto report = model::Explorer(scenario).Explore();
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    bool holds = report.problem.empty();
    printf("%s %s: %zu states, %zu transitions, %.1f s\n", holds ? "ok" : "not ok",
           scenario.name.c_str(), report.states, report.transitions, took.count());
    if (!holds) printf("%s", report.problem.c_str());
    fflush(stdout);
    all_hold = all_hold && holds;
    if (!prefix.empty() && !all_hold) break;
  }
  return all_hold ? 0 : 1;
}
