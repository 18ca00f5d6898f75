#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "test/model/process.h"

namespace model {

// The words that processes share, by number.
inline constexpr uint8_t kState = 0;
inline constexpr uint8_t kWake = 1;
inline constexpr uint8_t kLeft = 2;
inline constexpr uint8_t kFirstReader = 3;
inline constexpr size_t kReaders = 3;
inline constexpr uint8_t kStop = 6;
inline constexpr size_t kWords = 8;
inline constexpr size_t kProcesses = 4;

struct Scenario {
  struct Member {
    std::function<void()> program;
    uint64_t token;  // members with the same one are threads of one process: they die together
    int stops = -1;  // which member this one tells to stop waiting
  };

  std::string name;
  std::vector<Member> members;
  int deaths;  // at most
};

// Visits every state that a scenario can get into: every order of steps, every death at every step,
// every sleep that ends early, every outcome of a look at the clock. What it checks is listed at
// `Report`.
class Explorer {
 public:
  explicit Explorer(const Scenario& scenario);

  struct Report {
    // What went wrong, and how it came to that; empty if nothing did:
    // - two owners, or a writer beside a reader
    // - a death in a writer's critical section that the next one is not told of; a report of one
    //   where nobody died
    // - a lost wake: all asleep, though nobody died, or though since the last death everybody who
    //   sleeps has had the end of a slice: a death costs a slice at most
    // - a sleep that goes on after the sleeper was told to stop
    // - a state from which it can't come to an end without a further death
    // - endless work without an end of a slice in it
    // - a lock that is held, or a reader's word that is taken, when all living are done
    std::string problem;
    size_t states = 0;
    size_t transitions = 0;
    size_t places = 0;  // where the real code was stopped
  };

  Report Explore();

 private:
  enum class Status : uint8_t { kRunning, kAsleep, kDone, kDead };
  enum class Inside : uint8_t { kNo, kReading, kWriting };
  enum class Cause : uint8_t { kStep, kNewRound, kSliceEnd, kEarlyWake, kDeath };

  struct State {
    std::array<uint8_t, kWords> words;  // which of the values seen
    std::array<Process::Place, kProcesses> places;
    std::array<Status, kProcesses> status;
    std::array<Inside, kProcesses> inside;
    std::array<uint8_t, 3> noted;  // of the words to park on, who has seen the value it has now
    uint8_t deaths;
    uint8_t owed;     // bit for each process: after a death, its next slice may have to end
    bool unreported;  // a writer died inside
    uint8_t padding[2];
  };

  struct Event {
    Cause cause;
    uint8_t process;
    uint8_t alternative;
  };

  static constexpr uint32_t kCauseBits = 3;
  static Cause CauseOf(uint32_t edge) {
    return static_cast<Cause>(edge & ((1u << kCauseBits) - 1));
  }

  // What one state leads to.
  void Expand(uint32_t from);
  void Step(const State& state, size_t process);
  void Die(const State& state, size_t process);
  void WakeOne(const State& state, size_t process, const Op& op);
  void Advance(State& state, size_t process, uint64_t answer);
  void Heed(State& state, size_t process, const Op& remark);
  static void Forget(State& state, size_t process);
  void Enter(State& state, size_t process, bool writing, bool reported);
  void Emit(State state, Event event);

  void CheckAllCanEnd();
  void CheckNoEndlessWork();
  std::string FinalProblem(const State& state) const;

  bool IsStandstill(const State& state) const;
  bool IsTokenAlive(const State& state, uint64_t token) const;
  bool IsFinal(const State& state) const;
  const Op& NextOp(const State& state, size_t process) const;
  uint64_t Value(const State& state, uint8_t word) const { return values_[state.words[word]]; }
  void Set(State& state, uint8_t word, uint64_t value);
  void Fail(std::string problem);
  std::string Describe(uint32_t from, const Event& event) const;
  std::string Trace(uint32_t state) const;

  uint32_t Known(const State& state, bool& is_new);
  void Grow();

  const Scenario& scenario_;
  std::vector<std::unique_ptr<Process>> processes_;

  std::vector<uint64_t> values_;
  std::unordered_map<uint64_t, uint8_t> value_numbers_;

  std::vector<State> states_;
  std::vector<uint32_t> table_;  // hash table of indices into states_, plus one
  std::vector<uint32_t> parents_;
  std::vector<Event> events_;  // which led here from the parent
  std::vector<uint64_t> first_edge_;
  std::vector<uint32_t> edges_;  // target, and in the low bits the cause

  uint32_t from_ = 0;
  std::string wrong_;  // what the transition that is being made does wrong
  Report report_;
};

}  // namespace model
