#include <time.h>

#include <cerrno>
#include <cmath>

#include "platform/posix/errors.h"
#include "platform/posix/posix_semaphore.h"

namespace named_shm {

namespace {

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
// The clock that nobody sets (CPython waits on the wall clock).
constexpr clockid_t kClock = CLOCK_MONOTONIC;
int WaitUntil(sem_t* handle, const struct timespec& deadline) noexcept {
  return sem_clockwait(handle, kClock, &deadline);
}
#else
constexpr clockid_t kClock = CLOCK_REALTIME;
int WaitUntil(sem_t* handle, const struct timespec& deadline) noexcept {
  return sem_timedwait(handle, &deadline);
}
#endif

}  // namespace

Result<bool> PosixSemaphore::WaitAtMost(double timeout_ms) noexcept {
  double seconds;
  double fraction = std::modf(timeout_ms / 1000, &seconds);
  struct timespec deadline;
  clock_gettime(kClock, &deadline);
  deadline.tv_sec += static_cast<time_t>(seconds);
  deadline.tv_nsec += static_cast<long>(fraction * 1e9);
  if (deadline.tv_nsec >= 1000000000) {
    deadline.tv_nsec -= 1000000000;
    deadline.tv_sec += 1;
  }
  int waited = WaitUntil(handle_, deadline);
  if (waited == 0) return true;
  if (errno == ETIMEDOUT || errno == EINTR) return false;
  return LastError("sem_timedwait");
}

}  // namespace named_shm
