#include <time.h>

#include "platform/parking.h"

namespace named_shm {

double MonotonicMs() noexcept {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1000 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace named_shm
