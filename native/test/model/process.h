#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace model {

// What a process is about to do: one access to what the processes share. Everything between two of
// them is its own business and needs no interleaving.
struct Op {
  enum class Kind : uint8_t {
    // Steps: others may come in between, and the process may die instead.
    kLoad,
    kStore,
    kExchange,
    kCompareExchange,  // a: expected, b: desired
    kAnd,
    kNote,     // of a word to park on: its value now
    kChange,   // of a word to park on: it gets a value that it never had
    kPark,     // sleeps unless the word has changed since the note; a: does that end with a slice
    kUnpark,   // a: 1 for all
    kIsAlive,  // a: the token
    kIsPast,   // asks the clock: is the deadline past?
    kChoose,   // a: between how many; what a program does next, in every way
    kBegin,    // another round, or the end
    kRetry,    // the same once more, as often as it takes
    kPause,
    // Remarks for the checker, which take no time.
    kEntered,   // a: is it for writing, b: was a death reported
    kLeft,      // is about to release
    kRepaired,  // has declared the data consistent
    kReturned,  // an acquisition that came to nothing
    kWrong,     // a: which of the program's own expectations failed
    kDone,
    kAgain,  // for Process alone: the program returned, and begins anew
  };
  Kind kind;
  uint8_t word;
  uint64_t a;
  uint64_t b;
};

inline bool IsRemark(const Op& op) { return op.kind >= Op::Kind::kEntered; }

inline bool operator==(const Op& one, const Op& other) {
  return one.kind == other.kind && one.word == other.word && one.a == other.a && one.b == other.b;
}

// Real code that runs again and again, until it does kDone; run from one Op to the next on a stack
// of its own. Where it stands is that stack and its registers, byte for byte: such a place can be
// returned to as often as there are answers to try, and two equal ones have the same future.
//
// The bytes hold values that nobody needs any more, too, so that many places differ in nothing that
// matters. So the code is first run on with every answer that there can be, until no new place
// shows up; then places that go on alike whatever the answers are made one.
class Process {
 public:
  using Place = uint16_t;
  // Every answer that an op can have.
  using Answers = std::function<std::vector<uint64_t>(const Op&)>;

  Process(std::function<void()> program, const Answers& answers);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Place first() const { return first_; }
  size_t places() const { return places_.size(); }
  const Op& NextOp(Place place) const { return places_[place].op; }

  // Where it stands once the op that it was about to do has come to `answer`.
  Place After(Place place, uint64_t answer) const;

  // For the words and the ground, within a program.
  static uint64_t Do(const Op& op);

 private:
  struct Transitions {
    Op op;
    std::vector<std::pair<uint64_t, uint32_t>> next;  // answer, place
  };

  class Runner;

  Place first_;
  std::vector<Transitions> places_;
};

}  // namespace model
