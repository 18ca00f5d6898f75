#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <memory>
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

struct Shared {
  volatile int first;
  volatile int second;
  std::atomic<int> ready;
};

class SharedData {
 public:
  Shared* operator->() { return data_; }
  ~SharedData() { munmap(data_, sizeof(Shared)); }

 private:
  Shared* const data_ = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
};

void WaitUntil(std::atomic<int>& value, int expected) {
  while (value != expected) usleep(200);
}

Outcome Write(Handle& handle) { return handle->AcquireWrite(HUGE_VAL, StopFlag()); }

}  // namespace

void TestLockBetweenProcesses() {
  Test("mutex: one owner at a time, between processes", [] {
    NamedLock lock(0);
    SharedData data;
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<Child>([&] {
        Handle handle(lock.name());
        for (int round = 0; round < 5000; ++round) {
          Check(Write(handle) == Outcome::kAcquired, "acquired");
          data->first = data->first + 1;
          Check(handle->ReleaseWrite(), "released");
        }
      }));
    }
    for (auto& child : children) Check(child->Ends(), "ends well");
    Check(data->first == 20000, "nothing lost");
  });

  Test("rw lock: many readers or one writer, between processes", [] {
    NamedLock lock(8);
    SharedData data;
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<Child>([&] {
        Handle handle(lock.name());
        size_t slot;
        for (int round = 0; round < 3000; ++round) {
          if (round % 3 == 0) {
            Check(Write(handle) == Outcome::kAcquired, "writes");
            data->first = data->first + 1;
            data->second = data->second + 1;
            Check(handle->ReleaseWrite(), "released");
          } else {
            Check(handle->AcquireRead(HUGE_VAL, StopFlag(), slot) == Outcome::kAcquired, "reads");
            Check(data->first == data->second, "nobody writes");
            handle->ReleaseRead(slot);
          }
        }
      }));
    }
    for (auto& child : children) Check(child->Ends(), "ends well");
    Check(data->first == 4000 && data->second == 4000, "nothing lost");
  });

  Test("mutex: a process that is killed while it holds", [] {
    NamedLock lock(0);
    SharedData data;
    Handle next(lock.name());
    for (int round = 0; round < 20; ++round) {
      data->ready = 0;
      Child child([&] {
        Handle handle(lock.name());
        Check(Write(handle) == Outcome::kAcquired, "acquired");
        data->ready = 1;
        pause();
      });
      WaitUntil(data->ready, 1);
      Check(next->TryAcquireWrite() == Outcome::kTimedOut, "held");
      child.Kill();
      double begin = MonotonicMs();
      Check(Write(next) == Outcome::kAcquiredFromDead, "told");
      Check(MonotonicMs() - begin < kLong / 2, "soon");
      Check(next->MarkConsistent() && next->ReleaseWrite(), "repaired");
    }
  });

  Test("rw lock: a process that is killed while it reads", [] {
    NamedLock lock(1);
    SharedData data;
    Handle next(lock.name());
    for (int round = 0; round < 20; ++round) {
      data->ready = 0;
      Child child([&] {
        Handle handle(lock.name());
        size_t slot;
        Check(handle->TryAcquireRead(slot) == Outcome::kAcquired, "reads");
        data->ready = 1;
        pause();
      });
      WaitUntil(data->ready, 1);
      Check(next->TryAcquireWrite() == Outcome::kTimedOut, "held");
      child.Kill();
      double begin = MonotonicMs();
      Check(Write(next) == Outcome::kAcquired, "a reader has changed nothing");
      Check(MonotonicMs() - begin < kLong / 2, "soon");
      next->ReleaseWrite();
    }
  });

  Test("mutex: a process that was stopped for a while is not robbed", [] {
    NamedLock lock(0);
    SharedData data;
    Handle next(lock.name());
    Child child([&] {
      Handle handle(lock.name());
      Check(Write(handle) == Outcome::kAcquired, "acquired");
      data->ready = 1;
      raise(SIGSTOP);
      Check(handle->IsWriter() && handle->ReleaseWrite(), "still the owner");
    });
    WaitUntil(data->ready, 1);
    double deadline = MonotonicMs() + 2.5 * named_shm::Ground::kSliceMs;
    Check(next->AcquireWrite(deadline, StopFlag()) == Outcome::kTimedOut, "timed out");
    child.Continue();
    Check(child.Ends(), "ends well");
    Check(Write(next) == Outcome::kAcquired, "free");
  });
}

}  // namespace test
