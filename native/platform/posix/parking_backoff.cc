// For systems on which a word in shared memory can't be slept on: looks again and again, ever more
// seldom. Nobody has to be woken.

#include <time.h>

#include "platform/parking.h"

namespace named_shm {

namespace {

constexpr double kFirstPauseMs = 0.02;
// As CPython: a thousand waiters must leave the processor to others.
constexpr double kLongestPauseMs = 20;

}  // namespace

void Park(std::atomic<uint32_t>& word, uint32_t expected, double timeout_ms) noexcept {
  double deadline = MonotonicMs() + timeout_ms;
  double pause_ms = kFirstPauseMs;
  while (word.load(std::memory_order_seq_cst) == expected && MonotonicMs() < deadline) {
    struct timespec pause = {0, static_cast<long>(pause_ms * 1e6)};
    nanosleep(&pause, nullptr);
    if (pause_ms < kLongestPauseMs) pause_ms *= 2;
  }
}

void Unpark(std::atomic<uint32_t>&, bool) noexcept {}

}  // namespace named_shm
