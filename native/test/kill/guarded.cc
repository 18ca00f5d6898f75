#include "test/kill/guarded.h"

#include <time.h>

#include <cmath>
#include <random>

namespace test {

using named_shm::MonotonicMs;
using named_shm::Outcome;
using named_shm::StopFlag;

namespace {

class Worker {
 public:
  Worker(const std::string& name, Guarded& guarded, size_t number, uint64_t seed)
      : handle_(name), guarded_(guarded), number_(number), random_(seed) {}

  void Write() {
    Outcome outcome =
        Acquire([&] { return handle_->TryAcquireWrite(); },
                [&](double deadline) { return handle_->AcquireWrite(deadline, StopFlag()); });
    if (!IsHeld(outcome)) return;
    bool told = outcome == Outcome::kAcquiredFromDead;
    EnterToWrite(told);
    bool broken = guarded_.first != guarded_.second;
    Require(told || !broken, "an unreported death: the data is broken");
    Require(told || !guarded_.unrepaired, "an unreported death: nobody has repaired the data");
    if (told) guarded_.deaths_told += 1;
    if (broken) guarded_.broken_found += 1;
    if (told) Repair();
    Change();
    guarded_.writes += 1;
    guarded_.writer = 0;
    Require(guarded_.writing.exchange(0) == handle_.token(), "two owners: a writer came in");
    Require(handle_->ReleaseWrite(), "two owners: not held at the end");
  }

  void Read() {
    size_t slot = 0;
    Outcome outcome =
        Acquire([&] { return handle_->TryAcquireRead(slot); },
                [&](double deadline) { return handle_->AcquireRead(deadline, StopFlag(), slot); });
    Require(outcome != Outcome::kFull, "there is room for all readers, and it was full");
    if (!IsHeld(outcome)) return;
    bool told = outcome == Outcome::kAcquiredFromDead;
    guarded_.reading[number_] = handle_.token();
    uint64_t writer = guarded_.writing;
    Require(writer == 0 || !handle_.IsAlive(writer), "two owners: a reader beside a writer");
    Require(told || writer == 0, "an unreported death: a writer died inside");
    uint64_t first = guarded_.first;
    uint64_t second = guarded_.second;
    Require(told || first == second, "an unreported death: the data is broken, for a reader");
    Pause();
    Require(guarded_.first == first && guarded_.second == second, "written beside a reader");
    guarded_.reads += 1;
    guarded_.reading[number_] = 0;
    handle_->ReleaseRead(slot);
  }

  uint64_t Below(uint64_t count) { return random_() % count; }

 private:
  template <typename Try, typename Wait>
  Outcome Acquire(Try try_once, Wait wait) {
    switch (Below(4)) {
      case 0:
        return try_once();
      case 1:
        return wait(MonotonicMs() + static_cast<double>(Below(3000)) / 1000);
      default: {
        Outcome outcome = wait(HUGE_VAL);
        Require(IsHeld(outcome) || outcome == Outcome::kFull, "a wait without an end has ended");
        return outcome;
      }
    }
  }

  void EnterToWrite(bool told) {
    if (guarded_.killed_at != 0) {
      double before = 0;
      guarded_.recovered_at.compare_exchange_strong(before, told ? -MonotonicMs() : MonotonicMs());
    }
    uint64_t before = guarded_.writing.exchange(handle_.token());
    guarded_.writer = static_cast<uint32_t>(number_ + 1);
    Require(before == 0 || !handle_.IsAlive(before), "two owners: two writers");
    Require(before == 0 || told, "an unreported death: a writer died inside");
    for (auto& reading : guarded_.reading) {
      uint64_t reader = reading;
      Require(reader == 0 || !handle_.IsAlive(reader), "two owners: a writer beside a reader");
      if (reader != 0) reading.compare_exchange_strong(reader, 0);
    }
  }

  void Repair() {
    Pause();
    guarded_.second = guarded_.first.load();
    // Now and then it is left to the next one.
    bool leave = Below(4) == 0;
    if (leave) {
      guarded_.unrepaired = 1;
    } else {
      Require(handle_->MarkConsistent(), "two owners: not held, to be marked");
      guarded_.unrepaired = 0;
    }
  }

  void Change() {
    uint64_t next = guarded_.first + 1;
    guarded_.first = next;
    Pause();
    Require(guarded_.first == next && guarded_.second == next - 1,
            "two owners: changed by another");
    guarded_.second = next;
  }

  void Pause() {
    uint64_t way = Below(8);
    if (way == 0) {
      struct timespec time = {0, static_cast<long>(Below(1000000))};
      nanosleep(&time, nullptr);
    }
    double until = MonotonicMs() + static_cast<double>(Below(100)) / 1000;
    while (way < 4 && MonotonicMs() < until) continue;
  }

  void Require(bool holds, const char* what) {
    const char* none = nullptr;
    if (!holds) guarded_.violation.compare_exchange_strong(none, what);
  }

  Handle handle_;
  Guarded& guarded_;
  const size_t number_;
  std::mt19937_64 random_;
};

}  // namespace

void UseForEver(const std::string& name, bool has_readers, Guarded& guarded, size_t worker,
                uint64_t seed) {
  Worker self(name, guarded, worker, seed);
  for (;;) {
    if (has_readers && self.Below(3) > 0) {
      self.Read();
    } else {
      self.Write();
    }
  }
}

void CheckAtEnd(const std::string& name, Guarded& guarded) {
  Worker self(name, guarded, 0, 1);
  uint64_t writes = guarded.writes;
  for (int i = 0; i < 100 && guarded.writes == writes; ++i) self.Write();
  const char* none = nullptr;
  if (guarded.writes == writes)
    guarded.violation.compare_exchange_strong(none, "the lock can't be had at the end");
}

}  // namespace test
