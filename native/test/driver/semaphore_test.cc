#include "platform/semaphore.h"

#include <sys/mman.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "platform/parking.h"
#include "platform/waiting_thread.h"
#include "test/driver/check.h"
#include "test/driver/suites.h"

namespace test {

using named_shm::MonotonicMs;
using named_shm::Semaphore;
using named_shm::StopFlag;
using named_shm::WaitingThread;

namespace {

constexpr uint32_t kMost = INT32_MAX;
constexpr double kLong = 20000;  // no test may need it

class NamedSemaphore {
 public:
  explicit NamedSemaphore(uint32_t value) {
    auto created = Semaphore::Create(name_.c_str(), value, 0600, nullptr);
    Check(created.ok(), "created");
    semaphore_ = std::move(created.value());
  }
  ~NamedSemaphore() { (void)Semaphore::Unlink(name_.c_str()); }

  Semaphore* operator->() { return semaphore_.get(); }
  std::unique_ptr<Semaphore> Attach() {
    auto attached = Semaphore::Attach(name_.c_str());
    Check(attached.ok(), "attached");
    return std::move(attached.value());
  }

 private:
  const std::string name_ = UniqueName();
  std::unique_ptr<Semaphore> semaphore_;
};

bool Took(named_shm::Result<bool> result) {
  Check(result.ok(), "no error");
  return result.ok() && result.value();
}

}  // namespace

void TestSemaphore() {
  Test("semaphore: takes what there is, gives back up to the most", [] {
    NamedSemaphore semaphore(1);
    StopFlag stop;
    Check(Took(semaphore->TryWait()), "takes one");
    Check(!Took(semaphore->TryWait()), "takes no second");
    double begin = MonotonicMs();
    Check(!Took(semaphore->Wait(30, stop)), "waits for none");
    Check(MonotonicMs() - begin >= 29, "as long as it was told");
    Check(Took(semaphore->Post(1)), "gives it back");
    Check(!Took(semaphore->Post(1)), "not twice");
    Check(semaphore.Attach()->Value().value() == 1, "its value");
  });

  Test("semaphore: wakes who waits", [] {
    NamedSemaphore semaphore(0);
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    double begin = MonotonicMs();
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        auto own = semaphore.Attach();
        StopFlag stop;
        if (Took(own->Wait(i % 2 ? -1 : kLong, stop))) ++taken;
      });
    }
    for (int i = 0; i < 4; ++i) Check(Took(semaphore->Post(kMost)), "posted");
    for (std::thread& thread : threads) thread.join();
    Check(taken == 4 && semaphore->Value().value() == 0, "one for each");
    Check(MonotonicMs() - begin < kLong / 2, "without waiting for the time to pass");
  });

  Test("semaphore: one holder at a time", [] {
    NamedSemaphore semaphore(1);
    // Loses what two change at once. Atomic: ThreadSanitizer does not know sem_clockwait(3).
    std::atomic<int> count{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        StopFlag stop;
        for (int round = 0; round < 2000; ++round) {
          if (!Took(semaphore->TryWait())) Check(Took(semaphore->Wait(-1, stop)), "taken");
          count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
          Check(Took(semaphore->Post(1)), "given back");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    Check(count == 8000, "nothing lost");
  });

  Test("semaphore: a wait that is told to stop takes nothing that is not given back", [] {
    NamedSemaphore semaphore(0);
    for (int round = 0; round < 100; ++round) {
      StopFlag stop;
      std::atomic<bool> ended{false};
      bool taken = false;
      double begin = MonotonicMs();
      auto thread = WaitingThread::Start([&] {
        taken = Took(semaphore->Wait(-1, stop));
        ended = true;
      });
      Check(thread.ok(), "started");
      bool posts = round % 2 == 1;
      if (posts) Check(Took(semaphore->Post(kMost)), "posted");
      stop.Raise();
      while (!ended) {
        thread.value()->Nudge();
        std::this_thread::yield();
      }
      thread.value()->Join();
      Check(semaphore->Value().value() == (posts && !taken ? 1u : 0u), "no token is lost");
      if (posts && !taken) Check(Took(semaphore->TryWait()), "it is still there");
      Check(MonotonicMs() - begin < kLong / 2, "soon");
    }
  });
}

void TestSemaphoreBetweenProcesses() {
  Test("semaphore: one holder at a time, between processes", [] {
    NamedSemaphore semaphore(1);
    auto* count = static_cast<volatile int*>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<Child>([&] {
        auto own = semaphore.Attach();
        StopFlag stop;
        for (int round = 0; round < 2000; ++round) {
          if (!Took(own->TryWait())) Check(Took(own->Wait(-1, stop)), "taken");
          *count = *count + 1;
          Check(Took(own->Post(1)), "given back");
        }
      }));
    }
    for (auto& child : children) Check(child->Ends(), "ends well");
    Check(*count == 8000, "nothing lost");
    munmap(const_cast<int*>(count), 4096);
  });
}

}  // namespace test
