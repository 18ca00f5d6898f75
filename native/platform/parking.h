#pragma once

#include <atomic>
#include <cstdint>

namespace named_shm {

// Sleeps while the word, in the first page of a segment, holds `expected`; at most `timeout_ms`
// milliseconds. May return early without a reason. `key` says which segment, as for Liveness, where
// the address alone does not.
void Park(uint64_t key, std::atomic<uint32_t>& word, uint32_t expected, double timeout_ms) noexcept;

// Wakes one thread that is parked on the word, or all, in whatever process. The word must have
// been changed before. On Windows `all` wakes one, too: the others wake with their time, or nudged
// (WaitingThread).
void Unpark(uint64_t key, std::atomic<uint32_t>& word, bool all) noexcept;

// Milliseconds on a clock that nobody sets.
double MonotonicMs() noexcept;

}  // namespace named_shm
