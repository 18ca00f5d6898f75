#include <time.h>

#include <cerrno>
#include <cmath>

#include "platform/posix/errors.h"
#include "platform/posix/posix_semaphore.h"

namespace named_shm {

Result<bool> PosixSemaphore::WaitAtMost(double timeout_ms) noexcept {
  double seconds;
  double fraction = std::modf(timeout_ms / 1000, &seconds);
  struct timespec deadline;
#if defined(__GLIBC__)
  // Measured on the clock that nobody sets (glibc 2.30; CPython waits on the wall clock).
  clock_gettime(CLOCK_MONOTONIC, &deadline);
#else
  clock_gettime(CLOCK_REALTIME, &deadline);
#endif
  deadline.tv_sec += static_cast<time_t>(seconds);
  deadline.tv_nsec += static_cast<long>(fraction * 1e9);
  if (deadline.tv_nsec >= 1000000000) {
    deadline.tv_nsec -= 1000000000;
    deadline.tv_sec += 1;
  }
#if defined(__GLIBC__)
  int waited = sem_clockwait(handle_, CLOCK_MONOTONIC, &deadline);
#else
  int waited = sem_timedwait(handle_, &deadline);
#endif
  if (waited == 0) return true;
  if (errno == ETIMEDOUT || errno == EINTR) return false;
  return LastError("sem_timedwait");
}

}  // namespace named_shm
