#pragma once

namespace named_shm {

// Calls `action` when the process ends by exit(), or by a signal that nobody handles; then it ends
// as it would have. In a signal handler, possibly: `action` has to be async-signal-safe. A second
// call with the same action does nothing.
//
// A signal that the program handles in JavaScript is left to it. When it has given its handler up,
// WatchSignals() takes the signal back.
void CallAtProcessEnd(void (*action)() noexcept) noexcept;
void WatchSignals() noexcept;

}  // namespace named_shm
