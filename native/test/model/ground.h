#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "test/model/process.h"

namespace model {

// A word whose every access is a step. Its value is not here but in the state that is explored.
class Word {
 public:
  // What an exchange that fails says it has found. The locks don't use it, and the fewer answers
  // there are, the better; a lock that did use it would not work at all.
  static constexpr uint64_t kUnknown = 0xbadbad;

  explicit Word(uint8_t number) : number_(number) {}

  uint64_t load(std::memory_order) const noexcept { return Do(Op::Kind::kLoad, 0, 0); }
  void store(uint64_t value, std::memory_order) noexcept { Do(Op::Kind::kStore, value, 0); }
  uint64_t exchange(uint64_t value, std::memory_order) noexcept {
    return Do(Op::Kind::kExchange, value, 0);
  }
  uint64_t fetch_and(uint64_t value, std::memory_order) noexcept {
    return Do(Op::Kind::kAnd, value, 0);
  }
  bool compare_exchange_strong(uint64_t& expected, uint64_t desired, std::memory_order) noexcept {
    if (Do(Op::Kind::kCompareExchange, expected, desired)) return true;
    expected = kUnknown;
    return false;
  }

 private:
  uint64_t Do(Op::Kind kind, uint64_t a, uint64_t b) const noexcept {
    return Process::Do({kind, number_, a, b});
  }

  const uint8_t number_;
};

// A word that is parked on. What matters is only whether it has changed since a process read it
// last, so that its number of values is not a number of states: programs may run for ever. (That
// one process makes 2^32 changes between another one's look and its sleep is left out of account.)
class ChangingWord {
 public:
  explicit ChangingWord(uint8_t number) : number_(number) {}

  uint8_t number() const { return number_; }

  uint32_t load(std::memory_order) const noexcept {
    Process::Do({Op::Kind::kNote, number_, 0, 0});
    return kNoted;
  }
  void fetch_add(uint32_t, std::memory_order) noexcept {
    Process::Do({Op::Kind::kChange, number_, 0, 0});
  }

  static constexpr uint32_t kNoted = 0x5eed;

 private:
  const uint8_t number_;
};

// Asks a wait to end; raising it is a step too.
class Stop {
 public:
  explicit Stop(uint8_t number) : word_(number) {}
  bool raised() const noexcept { return word_.load(std::memory_order_seq_cst) != 0; }
  void Raise() noexcept { word_.store(1, std::memory_order_seq_cst); }

 private:
  Word word_;
};

// Stands in for named_shm::Ground.
class Ground {
 public:
  using Word32 = ChangingWord;
  using Word64 = Word;
  using Stop = model::Stop;

  static constexpr double kSliceMs = 100;
  static constexpr int kSpins = 1;

  // A call that is given this deadline may find it past whenever it looks.
  static constexpr double kSoon = 1;

  explicit Ground(bool has_clock) : has_clock_(has_clock) {}

  void Park(Word32& word, uint32_t expected, double timeout_ms) noexcept {
    if (expected != ChangingWord::kNoted) abort();
    Process::Do({Op::Kind::kPark, word.number(), timeout_ms <= kSliceMs, 0});
  }
  void Unpark(Word32& word, bool all) noexcept {
    Process::Do({Op::Kind::kUnpark, word.number(), all, 0});
  }
  bool IsAlive(uint64_t token) noexcept {
    return Process::Do({Op::Kind::kIsAlive, 0, token, 0}) != 0;
  }
  double Now() noexcept {
    return has_clock_ && Process::Do({Op::Kind::kIsPast, 0, 0, 0}) ? kSoon + 1 : 0;
  }

  void HaveClock(bool has_clock) { has_clock_ = has_clock; }

 private:
  bool has_clock_;  // spares those who wait for ever a look that changes nothing
};

}  // namespace model
