#include <array>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "test/driver/check.h"
#include "test/driver/handle.h"
#include "test/driver/suites.h"

namespace test {

using named_shm::MonotonicMs;
using named_shm::Outcome;
using named_shm::StopFlag;

namespace {

constexpr double kLong = 20000;  // no test may need it
constexpr double kSliceMs = named_shm::Ground::kSliceMs;

Outcome Acquire(Handle& handle, double timeout_ms = HUGE_VAL) {
  return handle->AcquireWrite(MonotonicMs() + timeout_ms, StopFlag());
}

Outcome AcquireRead(Handle& handle, size_t& slot, double timeout_ms = HUGE_VAL) {
  return handle->AcquireRead(MonotonicMs() + timeout_ms, StopFlag(), slot);
}

// In each of the ways in which it can be acquired, one after the other.
void AcquireSomehow(Handle& handle, int round) {
  if (round % 3 == 0) return Check(Acquire(handle) == Outcome::kAcquired, "acquired");
  for (;;) {
    Outcome outcome = round % 3 == 1 ? handle->TryAcquireWrite() : Acquire(handle, 0.2);
    if (outcome == Outcome::kAcquired) return;
    Check(outcome == Outcome::kTimedOut, "taken or not");
    std::this_thread::yield();
  }
}

void AcquireReadSomehow(Handle& handle, int round, size_t& slot) {
  if (round % 3 == 0) return Check(AcquireRead(handle, slot) == Outcome::kAcquired, "acquired");
  for (;;) {
    Outcome outcome =
        round % 3 == 1 ? handle->TryAcquireRead(slot) : AcquireRead(handle, slot, 0.2);
    if (outcome == Outcome::kAcquired) return;
    Check(outcome == Outcome::kTimedOut, "taken or not");
    std::this_thread::yield();
  }
}

void InThreads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

void TestMutexThreads() {
  Test("mutex: one owner at a time", [] {
    NamedLock lock(0);
    int count = 0;
    InThreads(4, [&](int) {
      Handle handle(lock);
      for (int round = 0; round < 3000; ++round) {
        AcquireSomehow(handle, round);
        ++count;
        Check(handle->ReleaseWrite(), "released");
      }
    });
    Check(count == 12000, "nothing lost");
  });

  Test("mutex: threads that wait through one handle take turns", [] {
    NamedLock lock(0);
    Handle handle(lock);
    int count = 0;
    InThreads(4, [&](int) {
      for (int round = 0; round < 1000; ++round) {
        AcquireSomehow(handle, round);
        ++count;
        Check(handle->ReleaseWrite(), "released");
      }
    });
    Check(count == 4000, "nothing lost");
  });

  Test("mutex: only its owner can release it or declare it consistent", [] {
    NamedLock lock(0);
    Handle owner(lock);
    Handle other(lock);
    Check(!owner->ReleaseWrite(), "not held yet");
    Check(Acquire(owner) == Outcome::kAcquired, "acquired");
    Check(!other->ReleaseWrite() && !other->MarkConsistent(), "another handle");
    Check(owner->IsWriter() && !other->IsWriter() && other->Writer() == owner.token(), "whose");
    Check(owner->ReleaseWrite() && !owner->ReleaseWrite(), "once");
  });

  Test("mutex: a living owner loses it to no timeout", [] {
    NamedLock lock(0);
    Handle owner(lock);
    Handle other(lock);
    Check(Acquire(owner) == Outcome::kAcquired, "acquired");
    double begin = MonotonicMs();
    Check(Acquire(other, 2.5 * kSliceMs) == Outcome::kTimedOut, "timed out");
    Check(MonotonicMs() - begin >= 2.5 * kSliceMs, "after that time");
    Check(other->TryAcquireWrite() == Outcome::kTimedOut, "nor to a try");
    Check(owner->IsWriter() && owner->ReleaseWrite(), "still its owner");
    Check(Acquire(other) == Outcome::kAcquired, "free");
  });

  Test("mutex: a wait that is told to stop, and the next in line", [] {
    NamedLock lock(0);
    Handle owner(lock);
    for (int round = 0; round < 30; ++round) {
      Check(Acquire(owner) == Outcome::kAcquired, "acquired");
      Handle stopped(lock);
      Handle next(lock);
      StopFlag stop;
      double begin = MonotonicMs();
      std::thread one([&] {
        Outcome outcome = stopped->AcquireWrite(HUGE_VAL, stop);
        if (outcome == Outcome::kAcquired) stopped->ReleaseWrite();
        Check(outcome == Outcome::kStopped || outcome == Outcome::kAcquired, "stopped");
      });
      std::thread two([&] {
        Check(Acquire(next) == Outcome::kAcquired, "the next gets it");
        next->ReleaseWrite();
      });
      stop.Raise();
      stopped->WakeAll();
      if (round % 2) one.join();
      owner->ReleaseWrite();
      if (round % 2 == 0) one.join();
      two.join();
      Check(MonotonicMs() - begin < kLong / 2, "soon");
    }
  });
}

void TestDeaths() {
  Test("mutex: a handle that goes while it holds is a death", [] {
    NamedLock lock(0);
    Handle next(lock);
    Handle last(lock);
    { Check(Acquire(*std::make_unique<Handle>(lock)) == Outcome::kAcquired, "acquired"); }
    Check(next->TryAcquireWrite() == Outcome::kAcquiredFromDead, "told");
    Check(last->TryAcquireWrite() == Outcome::kTimedOut, "held");
    next->ReleaseWrite();
    Check(Acquire(last) == Outcome::kAcquiredFromDead, "told, as nobody has repaired it");
    Check(last->MarkConsistent() && last->ReleaseWrite(), "repaired");
    Check(Acquire(next) == Outcome::kAcquired, "all is well");
  });

  Test("mutex: who waits hears of a death within a slice", [] {
    NamedLock lock(0);
    for (int round = 0; round < 10; ++round) {
      auto dead = std::make_unique<Handle>(lock);
      Check(Acquire(*dead) == Outcome::kAcquired, "acquired");
      std::atomic<int> told{0};
      std::vector<std::thread> waiting;
      for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([&] {
          Handle handle(lock);
          if (Acquire(handle) == Outcome::kAcquiredFromDead) ++told;
          Check(handle->MarkConsistent() && handle->ReleaseWrite(), "repaired");
        });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(round * 10));
      double begin = MonotonicMs();
      dead.reset();
      for (std::thread& thread : waiting) thread.join();
      Check(told == 1, "one is told");
      Check(MonotonicMs() - begin < kLong / 2, "soon");
    }
  });

  Test("rw lock: readers that go while they hold", [] {
    NamedLock lock(2);
    Handle writer(lock);
    Handle reader(lock);
    size_t slot;
    for (int i = 0; i < 3; ++i) {
      Handle dead(lock);
      Check(AcquireRead(dead, slot) == Outcome::kAcquired, "reads");
    }
    Check(AcquireRead(reader, slot) == Outcome::kAcquired, "a dead reader's room is used again");
    Check(writer->TryAcquireWrite() == Outcome::kTimedOut, "one still reads");
    reader->ReleaseRead(slot);
    Check(writer->TryAcquireWrite() == Outcome::kAcquired, "and the dead are in nobody's way");
    writer->ReleaseWrite();
    auto late = std::make_unique<Handle>(lock);
    Check(AcquireRead(*late, slot) == Outcome::kAcquired, "reads");
    std::thread waiting([&] { Check(Acquire(writer) == Outcome::kAcquired, "writes"); });
    late.reset();
    waiting.join();
  });

  Test("rw lock: a writer that goes while it holds", [] {
    NamedLock lock(4);
    Handle reader(lock);
    Handle writer(lock);
    size_t slot;
    { Check(Acquire(*std::make_unique<Handle>(lock)) == Outcome::kAcquired, "writes"); }
    Check(AcquireRead(reader, slot) == Outcome::kAcquiredFromDead, "a reader is told");
    reader->ReleaseRead(slot);
    Check(Acquire(writer) == Outcome::kAcquiredFromDead, "and a writer");
    Check(writer->MarkConsistent() && writer->ReleaseWrite(), "who repairs it");
    Check(AcquireRead(reader, slot) == Outcome::kAcquired, "all is well");
  });
}

void TestRwLockThreads() {
  Test("rw lock: many readers or one writer", [] {
    NamedLock lock(8);
    std::array<int, 2> data = {};
    InThreads(4, [&](int number) {
      Handle handle(lock);
      size_t slot;
      for (int round = 0; round < 2000; ++round) {
        if ((round + number) % 3 == 0) {
          AcquireSomehow(handle, round / 3);
          ++data[0];
          ++data[1];
          Check(handle->ReleaseWrite(), "released");
        } else {
          AcquireReadSomehow(handle, round / 3, slot);
          Check(data[0] == data[1], "nobody writes");
          handle->ReleaseRead(slot);
        }
      }
    });
    Check(data[0] > 2600 && data[0] == data[1], "nothing lost");
  });

  Test("rw lock: readers read side by side, and have limited room", [] {
    NamedLock lock(2);
    Handle one(lock);
    Handle two(lock);
    Handle three(lock);
    size_t slots[3];
    Check(AcquireRead(one, slots[0]) == Outcome::kAcquired, "the first");
    Check(AcquireRead(two, slots[1]) == Outcome::kAcquired, "the second");
    Check(three->TryAcquireRead(slots[2]) == Outcome::kFull, "no room");
    Check(AcquireRead(three, slots[2]) == Outcome::kFull, "no room to wait for");
    one->ReleaseRead(slots[0]);
    Check(AcquireRead(three, slots[2]) == Outcome::kAcquired, "room");
  });

  Test("rw lock: readers that come and go don't keep a writer out", [] {
    NamedLock lock(8);
    std::atomic<bool> done{false};
    std::vector<std::thread> reading;
    for (int i = 0; i < 3; ++i) {
      reading.emplace_back([&] {
        Handle handle(lock);
        size_t slot;
        while (!done) {
          Check(AcquireRead(handle, slot) == Outcome::kAcquired, "reads");
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          handle->ReleaseRead(slot);
        }
      });
    }
    Handle writer(lock);
    double begin = MonotonicMs();
    for (int round = 0; round < 20; ++round) {
      Check(Acquire(writer) == Outcome::kAcquired, "writes");
      writer->ReleaseWrite();
    }
    Check(MonotonicMs() - begin < kLong / 2, "soon");
    done = true;
    for (std::thread& thread : reading) thread.join();
  });

  Test("rw lock: a writer that gives up or is told to stop lets the readers in", [] {
    NamedLock lock(2);
    Handle reader(lock);
    Handle writer(lock);
    Handle late(lock);
    size_t slot;
    Check(AcquireRead(reader, slot) == Outcome::kAcquired, "reads");
    Check(Acquire(writer, 20) == Outcome::kTimedOut, "gives up");
    Check(AcquireRead(late, slot) == Outcome::kAcquired, "reads");
    late->ReleaseRead(slot);
    StopFlag stop;
    double begin = MonotonicMs();
    std::thread waiting(
        [&] { Check(writer->AcquireWrite(HUGE_VAL, stop) == Outcome::kStopped, "stopped"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop.Raise();
    writer->WakeAll();
    waiting.join();
    Check(MonotonicMs() - begin < kLong / 2, "soon");
    Check(AcquireRead(late, slot) == Outcome::kAcquired, "reads");
  });
}

}  // namespace

void TestLockBetweenThreads() {
  TestMutexThreads();
  TestDeaths();
  TestRwLockThreads();
}

}  // namespace test
