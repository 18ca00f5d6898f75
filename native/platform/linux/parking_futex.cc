#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>
#include <cmath>

#include "platform/parking.h"

namespace named_shm {

namespace {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) &&
                  std::atomic<uint32_t>::is_always_lock_free,
              "the kernel reads the word as it is");

}  // namespace

void Park(uint64_t, std::atomic<uint32_t>& word, uint32_t expected, double timeout_ms) noexcept {
  double seconds;
  double fraction = std::modf(timeout_ms / 1000, &seconds);
  struct timespec timeout = {static_cast<time_t>(seconds), static_cast<long>(fraction * 1e9)};
  syscall(SYS_futex, &word, FUTEX_WAIT, expected, &timeout, nullptr, 0);
}

void Unpark(uint64_t, std::atomic<uint32_t>& word, bool all) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE, all ? INT_MAX : 1, nullptr, nullptr, 0);
}

}  // namespace named_shm
