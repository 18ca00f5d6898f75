#pragma once

#include <cstddef>
#include <cstdint>

#include "sync/ground.h"
#include "sync/robust_mutex.h"

namespace named_shm {

// Many readers or one writer; either may die. A writer that waits keeps new readers out, so that
// readers can't starve it.
//
// The shared words:
//   writer    a RobustMutex: who writes, or is about to and waits for the readers to leave
//   left, 32 bits: the writer is parked on it; changes when a reader leaves while one waits
//   readers   as many 64-bit words as there can be readers: a reader's token, or 0
//
// A reader writes its token down and then looks whether there is a writer; a writer takes the
// mutex and then looks whether there are readers. All in sequentially consistent order: at least
// one of the two sees the other. A reader that sees a writer takes its word back and queues for the
// mutex as a writer does, so that neither side starves, and passes it on once it is in.
//
// A dead reader's word is cleared by the writer that finds it: the reader has changed nothing. A
// dead writer is the mutex's matter; so is whoever dies while it only passes through, which
// reports a death that did no harm.
template <typename G>
class RobustRwLock {
 public:
  using Stop = typename G::Stop;

  struct alignas(32) Words {
    typename RobustMutex<G>::Words writer;
    typename G::Word32 left;
  };

  RobustRwLock(Words& words, typename G::Word64* readers, size_t reader_count, G& ground,
               uint64_t token) noexcept
      : words_(words),
        readers_(readers),
        reader_count_(reader_count),
        ground_(ground),
        token_(token),
        writer_(words.writer, ground, token) {}

  // On success `slot` says which word was written, for ReleaseRead. kFull where every reader's word
  // is taken by one that lives.
  Outcome TryAcquireRead(size_t& slot) noexcept {
    Outcome outcome = EnterBesideNoWriter(slot);
    return outcome == Outcome::kTimedOut ? PassThrough(writer_.TryAcquire(), slot) : outcome;
  }

  Outcome AcquireRead(double deadline, const Stop& stop, size_t& slot) noexcept {
    Outcome outcome = EnterBesideNoWriter(slot);
    return outcome == Outcome::kTimedOut ? PassThrough(writer_.Acquire(deadline, stop), slot)
                                         : outcome;
  }

  void ReleaseRead(size_t slot) noexcept {
    readers_[slot].store(0, std::memory_order_seq_cst);
    if (HasWriter()) WakeWriter();
  }

  Outcome TryAcquireWrite() noexcept {
    Outcome outcome = writer_.TryAcquire();
    if (outcome == Outcome::kTimedOut) return outcome;
    for (size_t i = 0; i < reader_count_; ++i) {
      if (!IsGone(i)) {
        writer_.Release();
        return Outcome::kTimedOut;
      }
    }
    return outcome;
  }

  Outcome AcquireWrite(double deadline, const Stop& stop) noexcept {
    Outcome outcome = writer_.Acquire(deadline, stop);
    if (outcome != Outcome::kAcquired && outcome != Outcome::kAcquiredFromDead) return outcome;
    for (size_t i = 0; i < reader_count_; ++i) {
      Outcome waited = WaitUntilGone(i, deadline, stop);
      if (waited == Outcome::kAcquired) continue;
      // What a dead owner left is still unreported: the mutex remembers it for the next one.
      writer_.Release();
      return waited;
    }
    return outcome;
  }

  bool ReleaseWrite() noexcept { return writer_.Release(); }
  bool MarkConsistent() noexcept { return writer_.MarkConsistent(); }
  bool IsWriter() noexcept { return writer_.IsOwner(); }
  uint64_t Writer() noexcept { return writer_.Owner(); }

  void WakeAll() noexcept {
    writer_.WakeAll();
    WakeWriter();
  }

 private:
  // The kernel does not tell a holder of its own claim.
  bool Lives(uint64_t token) noexcept { return token == token_ || ground_.IsAlive(token); }

  bool HasWriter() noexcept {
    return (words_.writer.state.load(std::memory_order_seq_cst) & RobustMutex<G>::kOwner) != 0;
  }

  // False where there is no room.
  bool TakeSlot(size_t& slot) noexcept {
    for (slot = 0; slot < reader_count_; ++slot) {
      uint64_t expected = 0;
      if (readers_[slot].compare_exchange_strong(expected, token_, std::memory_order_seq_cst))
        return true;
    }
    for (slot = 0; slot < reader_count_; ++slot) {
      uint64_t reader = readers_[slot].load(std::memory_order_seq_cst);
      if (reader != 0 && Lives(reader)) continue;
      if (readers_[slot].compare_exchange_strong(reader, token_, std::memory_order_seq_cst))
        return true;
    }
    return false;
  }

  Outcome EnterBesideNoWriter(size_t& slot) noexcept {
    if (HasWriter()) return Outcome::kTimedOut;
    if (!TakeSlot(slot)) return Outcome::kFull;
    uint64_t state = words_.writer.state.load(std::memory_order_seq_cst);
    if ((state & RobustMutex<G>::kOwner) == 0) return RobustMutex<G>::HowAcquired(state);
    ReleaseRead(slot);
    return Outcome::kTimedOut;
  }

  // With the mutex held there is no writer: a word written down now is seen by every later one.
  Outcome PassThrough(Outcome outcome, size_t& slot) noexcept {
    if (outcome != Outcome::kAcquired && outcome != Outcome::kAcquiredFromDead) return outcome;
    bool room = TakeSlot(slot);
    writer_.Release();
    return room ? outcome : Outcome::kFull;
  }

  bool IsGone(size_t slot) noexcept {
    uint64_t reader = readers_[slot].load(std::memory_order_seq_cst);
    if (reader == 0) return true;
    if (Lives(reader)) return false;
    // Failing means that somebody has put a living reader's token there, who will see us and leave.
    return readers_[slot].compare_exchange_strong(reader, 0, std::memory_order_seq_cst);
  }

  Outcome WaitUntilGone(size_t slot, double deadline, const Stop& stop) noexcept {
    for (;;) {
      uint32_t left = words_.left.load(std::memory_order_seq_cst);
      if (IsGone(slot)) return Outcome::kAcquired;
      if (stop.raised()) return Outcome::kStopped;
      double remaining = deadline - ground_.Now();
      if (remaining <= 0) return Outcome::kTimedOut;
      ground_.Park(words_.left, left, remaining < G::kSliceMs ? remaining : G::kSliceMs);
    }
  }

  void WakeWriter() noexcept {
    words_.left.fetch_add(1, std::memory_order_seq_cst);
    ground_.Unpark(words_.left, true);
  }

  Words& words_;
  typename G::Word64* const readers_;
  const size_t reader_count_;
  G& ground_;
  const uint64_t token_;
  RobustMutex<G> writer_;
};

}  // namespace named_shm
