// kill_driver KILLS SEED: groups of processes use a lock each, and are killed at random moments.
// Prints what happened, how long recovery took, and "ok" or "not ok" for what was promised.

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "platform/parking.h"
#include "test/kill/guarded.h"

namespace test {

namespace {

using named_shm::MonotonicMs;

constexpr size_t kGroups = 6;  // with a mutex or a reader-writer lock, in turn
constexpr double kDeadlineMs = 10000;
constexpr double kLongestLifeMs = 6;
constexpr double kRecoveryMs = 200;  // promised where the machine is not busy with something else

class Group {
 public:
  Group(bool has_readers, uint64_t seed)
      : has_readers_(has_readers),
        random_(seed),
        lock_(has_readers ? kWorkers : 0),
        guarded_(*new(mmap(nullptr, sizeof(Guarded), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Guarded{}) {
    for (size_t i = 0; i < kWorkers; ++i) Start(i);
    ChooseMoment();
  }

  ~Group() {
    for (pid_t pid : workers_) End(pid);
    munmap(&guarded_, sizeof(Guarded));
  }

  // Kills one if it is time to, or looks whether the lock has been had since; true after a kill.
  bool Go() {
    if (guarded_.violation != nullptr) return false;
    double now = MonotonicMs();
    if (guarded_.killed_at == 0) return now >= moment_ && Kill();
    double recovered_at = guarded_.recovered_at;
    if (std::abs(recovered_at) < guarded_.killed_at) {
      guarded_.recovered_at = 0;  // Not yet, or from somebody who looked before the last kill.
      const char* none = nullptr;
      if (now - guarded_.killed_at > kDeadlineMs)
        guarded_.violation.compare_exchange_strong(none, "a hang: nobody got the lock again");
      return false;
    }
    double took = std::abs(recovered_at) - guarded_.killed_at;
    (recovered_at < 0 ? told_ : others_).push_back(took);
    guarded_.killed_at = 0;
    guarded_.recovered_at = 0;
    Start(victim_);
    ChooseMoment();
    return false;
  }

  void Finish() {
    for (pid_t& pid : workers_) {
      End(pid);
      pid = 0;
    }
    if (guarded_.violation == nullptr) CheckAtEnd(lock_.name(), guarded_);
  }

  const Guarded& guarded() const { return guarded_; }
  const std::vector<double>& told() const { return told_; }
  const std::vector<double>& others() const { return others_; }

 private:
  bool Kill() {
    // Every other time one who is inside, if there is one.
    uint32_t inside = guarded_.writer;
    victim_ = inside != 0 && random_() % 2 ? inside - 1 : random_() % kWorkers;
    double at = MonotonicMs();
    End(workers_[victim_]);
    guarded_.killed_at = at;
    return true;
  }

  void Start(size_t worker) {
    uint64_t seed = random_();
    pid_t pid = fork();
    if (pid == 0) UseForEver(lock_.name(), has_readers_, guarded_, worker, seed);
    if (pid == -1) abort();
    workers_[worker] = pid;
  }

  static void End(pid_t pid) {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  void ChooseMoment() {
    moment_ = MonotonicMs() + kLongestLifeMs * static_cast<double>(random_() % 1000) / 1000;
  }

  const bool has_readers_;
  std::mt19937_64 random_;
  NamedLock lock_;
  Guarded& guarded_;
  pid_t workers_[kWorkers] = {};
  size_t victim_ = 0;
  double moment_ = 0;
  std::vector<double> told_;
  std::vector<double> others_;
};

// How long it took until somebody wrote again, in milliseconds.
void PrintTimes(const char* whose, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  auto at = [&](double share) {
    return times.empty()
               ? 0
               : times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
  };
  auto slow = times.end() - std::upper_bound(times.begin(), times.end(), kRecoveryMs);
  printf(
      "  recovery from %s, ms: median %.2f, p90 %.2f, p99 %.2f, most %.2f; %zu of %zu over %.0f\n",
      whose, at(0.5), at(0.9), at(0.99), at(1), static_cast<size_t>(slow), times.size(),
      kRecoveryMs);
}

int Run(int kills, uint64_t seed) {
  std::vector<std::unique_ptr<Group>> groups;
  for (size_t i = 0; i < kGroups; ++i)
    groups.push_back(std::make_unique<Group>(i % 2 == 1, seed + i));
  auto violation = [&]() -> const char* {
    for (auto& group : groups)
      if (const char* text = group->guarded().violation) return text;
    return nullptr;
  };
  int killed = 0;
  while (killed < kills && violation() == nullptr) {
    for (auto& group : groups) killed += group->Go();
    usleep(100);
  }
  for (auto& group : groups) group->Finish();

  std::vector<double> told;
  std::vector<double> others;
  uint64_t writes = 0;
  uint64_t reads = 0;
  uint64_t deaths_told = 0;
  uint64_t broken_found = 0;
  for (auto& group : groups) {
    told.insert(told.end(), group->told().begin(), group->told().end());
    others.insert(others.end(), group->others().begin(), group->others().end());
    writes += group->guarded().writes;
    reads += group->guarded().reads;
    deaths_told += group->guarded().deaths_told;
    broken_found += group->guarded().broken_found;
  }
  const char* wrong = violation();
  printf("  %d killed: %zu writes, %zu reads, %zu deaths told, broken data found %zu times\n",
         killed, static_cast<size_t>(writes), static_cast<size_t>(reads),
         static_cast<size_t>(deaths_told), static_cast<size_t>(broken_found));
  PrintTimes("a holder", told);
  PrintTimes("others", others);
  Test("kills: never a hang, two owners, or a death that nobody is told of", [&] {
    Check(wrong == nullptr, wrong);
    Check(killed >= kills, "as many killed as asked for");
  });
  Test("kills: holders were among them, in the middle of a change", [&] {
    Check(told.size() * 20 > static_cast<size_t>(killed), "holders");
    Check(broken_found > 0, "in the middle of a change");
  });
  return AnyFailed() ? 1 : 0;
}

}  // namespace

}  // namespace test

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "kill_driver KILLS SEED\n");
    return 2;
  }
  return test::Run(atoi(argv[1]), strtoull(argv[2], nullptr, 10));
}
