#pragma once

#include <windows.h>

#include <cmath>

#include "platform/parking.h"

namespace named_shm {

// Waits for a kernel object for at most `timeout_ms` milliseconds (negative: for ever), and returns
// what WaitForSingleObject does. A nudge (WaitingThread) interrupts it: WAIT_IO_COMPLETION where
// `stop()` then says so, else it goes on.
template <typename Stop>
DWORD AlertableWait(HANDLE object, double timeout_ms, Stop stop) noexcept {
  constexpr double kLongestSliceMs = 1e9;  // INFINITE is a number of milliseconds, too
  double deadline = timeout_ms < 0 ? HUGE_VAL : MonotonicMs() + timeout_ms;
  for (double left = timeout_ms < 0 ? HUGE_VAL : timeout_ms;; left = deadline - MonotonicMs()) {
    // Rounded up: a wait of 0 ms, again and again, would be a loop that never sleeps.
    double slice = std::ceil(std::fmax(0, std::fmin(left, kLongestSliceMs)));
    DWORD waited = WaitForSingleObjectEx(object, static_cast<DWORD>(slice), TRUE);
    bool over = waited == WAIT_TIMEOUT ? MonotonicMs() >= deadline : waited != WAIT_IO_COMPLETION;
    if (over || stop()) return waited;
  }
}

}  // namespace named_shm
