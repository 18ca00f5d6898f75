#pragma once

#include <cstdint>

#include "sync/ground.h"

namespace named_shm {

// A lock that notices when its owner died. One compare-and-swap on one word says who owns it, so
// that there is no moment at which it is taken and nobody knows by whom.
//
// The shared words:
//   state, 64 bits: the owner's token in the low 61, 0 for nobody
//     bit 63  kInconsistent: an owner died, and nobody has said since that the data is whole again
//     bit 62  kContended: somebody may be parked; whoever releases has to wake one
//   wake, 32 bits: parked on; changes with every release that has to wake somebody
//
// An owner dies at any step without harm: before its exchange in Release the lock is its own and
// is taken from it; after it the lock is free, and those it did not wake wake by themselves at the
// end of their slice.
//
// `G` is Ground, or a model checker's stand-in for it.
template <typename G>
class RobustMutex {
 public:
  using Stop = typename G::Stop;

  struct Words {
    typename G::Word64 state;
    typename G::Word32 wake;
  };

  static constexpr uint64_t kInconsistent = uint64_t{1} << 63;
  static constexpr uint64_t kContended = uint64_t{1} << 62;
  static constexpr uint64_t kOwner = (uint64_t{1} << 61) - 1;

  RobustMutex(Words& words, G& ground, uint64_t token) noexcept
      : words_(words), ground_(ground), token_(token) {}

  // Takes the lock if it is free, or its owner is dead; kTimedOut else.
  Outcome TryAcquire() noexcept {
    uint64_t state = words_.state.load(std::memory_order_relaxed);
    if ((state & kOwner) == 0 && Swap(state, state | token_)) return HowAcquired(state);
    if ((state & kOwner) == 0) state = words_.state.load(std::memory_order_relaxed);
    return TakeFromDead(state) ? Outcome::kAcquiredFromDead : Outcome::kTimedOut;
  }

  // `deadline` on Ground's clock.
  Outcome Acquire(double deadline, const Stop& stop) noexcept {
    for (int spin = 0; spin < G::kSpins; ++spin) {
      uint64_t state = words_.state.load(std::memory_order_relaxed);
      if ((state & kOwner) == 0 && Swap(state, state | token_)) return HowAcquired(state);
    }
    return AcquireParked(deadline, stop);
  }

  // False where the caller is not the owner.
  bool Release() noexcept {
    uint64_t state = words_.state.load(std::memory_order_relaxed);
    if ((state & kOwner) != token_) return false;
    // Only the owner changes kInconsistent, so that what was read of it still holds.
    state = words_.state.exchange(state & kInconsistent, std::memory_order_seq_cst);
    if (state & kContended) WakeOne();
    return true;
  }

  // The owner says that what the lock guards is whole again; false where the caller is not it.
  bool MarkConsistent() noexcept {
    if (!IsOwner()) return false;
    words_.state.fetch_and(~kInconsistent, std::memory_order_relaxed);
    return true;
  }

  static Outcome HowAcquired(uint64_t state) noexcept {
    return state & kInconsistent ? Outcome::kAcquiredFromDead : Outcome::kAcquired;
  }

  bool IsOwner() noexcept {
    return (words_.state.load(std::memory_order_relaxed) & kOwner) == token_;
  }

  uint64_t Owner() noexcept { return words_.state.load(std::memory_order_relaxed) & kOwner; }

  // Ends the wait of whoever polls a StopFlag; everybody else just looks again.
  void WakeAll() noexcept {
    words_.wake.fetch_add(1, std::memory_order_seq_cst);
    ground_.Unpark(words_.wake, true);
  }

 private:
  bool Swap(uint64_t expected, uint64_t desired) noexcept {
    return words_.state.compare_exchange_strong(expected, desired, std::memory_order_seq_cst);
  }

  void WakeOne() noexcept {
    words_.wake.fetch_add(1, std::memory_order_seq_cst);
    ground_.Unpark(words_.wake, false);
  }

  // The swap fails where the owner released after all, or somebody else was faster. kContended
  // stays: others may be parked.
  bool TakeFromDead(uint64_t state) noexcept {
    uint64_t owner = state & kOwner;
    if (owner == 0 || owner == token_ || ground_.IsAlive(owner)) return false;
    return Swap(state, token_ | kInconsistent | kContended);
  }

  Outcome AcquireParked(double deadline, const Stop& stop) noexcept {
    for (;;) {
      uint32_t wake = words_.wake.load(std::memory_order_seq_cst);
      uint64_t state = words_.state.load(std::memory_order_seq_cst);
      if ((state & kOwner) == 0) {
        // Others may be parked as this one was: the release has to wake them.
        if (Swap(state, state | token_ | kContended)) return HowAcquired(state);
        continue;
      }
      if (TakeFromDead(state)) return Outcome::kAcquiredFromDead;
      double left = deadline - ground_.Now();
      if (stop.raised() || left <= 0) {
        // The wake that ended the sleep may have been meant for somebody who still wants the lock.
        WakeOne();
        return stop.raised() ? Outcome::kStopped : Outcome::kTimedOut;
      }
      if (!(state & kContended) && !Swap(state, state | kContended)) continue;
      ground_.Park(words_.wake, wake, left < G::kSliceMs ? left : G::kSliceMs);
    }
  }

  Words& words_;
  G& ground_;
  const uint64_t token_;
};

}  // namespace named_shm
