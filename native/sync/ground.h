#pragma once

#include <atomic>
#include <cstdint>

#include "core/stop_flag.h"
#include "platform/liveness.h"
#include "platform/parking.h"

namespace named_shm {

// What a lock over shared words stands on. The locks take it as a template parameter, so that a
// model checker can put its own in its place, with words whose every access is a step.
class Ground {
 public:
  using Word32 = std::atomic<uint32_t>;
  using Word64 = std::atomic<uint64_t>;
  using Stop = StopFlag;

  // A wait is cut into slices: after each, the owner is asked whether it lives.
  static constexpr double kSliceMs = 100;
  // How often a lock that is held is looked at again before the wait begins.
  static constexpr int kSpins = 100;

  // `key`: of the segment in which the words are.
  Ground(const Liveness& liveness, uint64_t key) noexcept : liveness_(liveness), key_(key) {}

  void Park(Word32& word, uint32_t expected, double timeout_ms) noexcept {
    named_shm::Park(key_, word, expected, timeout_ms);
  }
  void Unpark(Word32& word, bool all) noexcept { named_shm::Unpark(key_, word, all); }
  bool IsAlive(uint64_t token) noexcept { return liveness_.IsAlive(token); }
  double Now() noexcept { return MonotonicMs(); }

 private:
  const Liveness& liveness_;
  const uint64_t key_;
};

enum class Outcome {
  kAcquired,
  kAcquiredFromDead,  // the last writer died holding the lock: what it guards may be half-changed
  kTimedOut,
  kStopped,
  kFull,  // more readers than there is room for
};

}  // namespace named_shm
