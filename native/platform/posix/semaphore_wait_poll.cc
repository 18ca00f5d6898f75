// For systems without sem_timedwait: tries again and again, ever more seldom, as CPython does.

#include <time.h>

#include "platform/parking.h"
#include "platform/posix/posix_semaphore.h"

namespace named_shm {

namespace {

constexpr double kFirstPauseMs = 0.02;
// As CPython: a thousand waiters must leave the processor to others.
constexpr double kLongestPauseMs = 20;

}  // namespace

Result<bool> PosixSemaphore::WaitAtMost(double timeout_ms) noexcept {
  double deadline = MonotonicMs() + timeout_ms;
  for (double pause_ms = kFirstPauseMs;;) {
    Result<bool> taken = TryWait();
    if (!taken.ok() || taken.value() || MonotonicMs() >= deadline) return taken;
    struct timespec pause = {0, static_cast<long>(pause_ms * 1e6)};
    if (nanosleep(&pause, nullptr) == -1) return false;  // nudged
    if (pause_ms < kLongestPauseMs) pause_ms *= 2;
  }
}

}  // namespace named_shm
