#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "test/driver/handle.h"

namespace test {

inline constexpr size_t kWorkers = 3;

// What a lock guards, and what is known of those who use it; in memory that a group of processes
// shares. Every promise of the lock that does not hold is written down in `violation`.
struct Guarded {
  // Who is inside: a token, put there after acquiring and taken away before releasing.
  std::atomic<uint64_t> writing;
  std::atomic<uint64_t> reading[kWorkers];
  // Who that is, from 1; for the one who kills.
  std::atomic<uint32_t> writer;

  // Differ only within a writer's critical section.
  std::atomic<uint64_t> first;
  std::atomic<uint64_t> second;
  // A writer was told of a death and has left without repairing: the next one must be told.
  std::atomic<uint32_t> unrepaired;

  // Set to the time of a kill once it is done; then the first to write after it puts the time here,
  // negative where it was told of a death.
  std::atomic<double> killed_at;
  std::atomic<double> recovered_at;

  std::atomic<uint64_t> writes;
  std::atomic<uint64_t> reads;
  std::atomic<uint64_t> deaths_told;
  std::atomic<uint64_t> broken_found;
  std::atomic<const char*> violation;
};

// Takes, holds and releases the lock in every way, until it is killed.
[[noreturn]] void UseForEver(const std::string& name, bool has_readers, Guarded& guarded,
                             size_t worker, uint64_t seed);

// Checks, once nobody else is left, that the lock can be had and that what it guards is whole.
void CheckAtEnd(const std::string& name, Guarded& guarded);

}  // namespace test
