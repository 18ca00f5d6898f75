#include "test/model/explorer.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace model {

namespace {

constexpr uint64_t kOwner = (uint64_t{1} << 61) - 1;
constexpr const char* kWordNames[kWords] = {"state",     "wake",      "left", "reader[0]",
                                            "reader[1]", "reader[2]", "stop", "stop[1]"};

std::string Number(uint64_t value) {
  char text[64];
  snprintf(text, sizeof(text), "%s%s%" PRIu64, value >> 63 ? "inconsistent|" : "",
           value >> 62 & 1 ? "contended|" : "", value & kOwner);
  return text;
}

std::vector<uint64_t> UpTo(uint64_t count) {
  std::vector<uint64_t> numbers;
  for (uint64_t number = 0; number < count; ++number) numbers.push_back(number);
  return numbers;
}

std::vector<uint64_t> AnswersOf(const Op& op, const std::vector<uint64_t>& owners) {
  switch (op.kind) {
    case Op::Kind::kLoad:
    case Op::Kind::kExchange:
    case Op::Kind::kAnd: {
      if (op.word >= kStop) return UpTo(2);
      if (op.word >= kFirstReader) return owners;
      std::vector<uint64_t> states;
      for (uint64_t owner : owners)
        for (uint64_t flags = 0; flags < 4; ++flags) states.push_back(owner | flags << 62);
      return states;
    }
    case Op::Kind::kCompareExchange:
    case Op::Kind::kIsAlive:
    case Op::Kind::kIsPast:
    case Op::Kind::kBegin:
      return UpTo(2);
    case Op::Kind::kChoose:
      return UpTo(op.a);
    case Op::Kind::kDone:
      return {};
    default:
      return {0};
  }
}

bool IsNewRound(const Op& op) { return op.kind == Op::Kind::kBegin || op.kind == Op::Kind::kRetry; }

template <typename T>
uint64_t Hash(const T& value) {
  static_assert(sizeof(T) % sizeof(uint64_t) == 0);
  uint64_t parts[sizeof(T) / sizeof(uint64_t)];
  memcpy(parts, &value, sizeof(parts));
  uint64_t hash = 0;
  for (uint64_t part : parts) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace

Explorer::Explorer(const Scenario& scenario) : scenario_(scenario) {
  if (scenario.members.size() > kProcesses) abort();
  std::vector<uint64_t> owners = {0};
  for (const Scenario::Member& member : scenario.members) owners.push_back(member.token);
  auto answers = [&](const Op& op) { return AnswersOf(op, owners); };
  for (const Scenario::Member& member : scenario.members)
    processes_.push_back(std::make_unique<Process>(member.program, answers));
}

Explorer::Report Explorer::Explore() {
  table_.resize(1 << 16);
  State first;
  memset(&first, 0, sizeof(first));
  first.status.fill(Status::kDone);
  for (uint8_t word = 0; word < kWords; ++word) Set(first, word, 0);
  for (size_t i = 0; i < processes_.size(); ++i) {
    first.status[i] = Status::kRunning;
    first.places[i] = processes_[i]->first();
  }
  bool is_new;
  Known(first, is_new);
  parents_.push_back(0);
  events_.push_back({});
  for (uint32_t i = 0; i < states_.size() && report_.problem.empty(); ++i) Expand(i);
  first_edge_.push_back(edges_.size());
  if (report_.problem.empty()) CheckAllCanEnd();
  if (report_.problem.empty()) CheckNoEndlessWork();
  report_.states = states_.size();
  report_.transitions = edges_.size();
  for (const auto& process : processes_) {
    report_.places += process->places();
  }
  return report_;
}

void Explorer::Expand(uint32_t from) {
  from_ = from;
  first_edge_.push_back(edges_.size());
  const State state = states_[from];
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (state.status[i] == Status::kRunning) {
      Step(state, i);
    } else if (state.status[i] == Status::kAsleep) {
      State woken = state;
      woken.status[i] = Status::kRunning;
      bool by_itself = NextOp(state, i).a != 0;
      if (by_itself) woken.owed = static_cast<uint8_t>(woken.owed & ~(1 << i));
      Advance(woken, i, 0);
      Emit(woken, {by_itself ? Cause::kSliceEnd : Cause::kEarlyWake, static_cast<uint8_t>(i), 0});
    }
    if (state.status[i] <= Status::kAsleep && state.deaths < scenario_.deaths) Die(state, i);
  }
}

void Explorer::Step(const State& state, size_t process) {
  const Op& op = NextOp(state, process);
  const uint64_t value = Value(state, op.word);
  State next = state;
  uint64_t answer = 0;
  uint8_t alternatives = 1;
  switch (op.kind) {
    case Op::Kind::kLoad:
      answer = value;
      break;
    case Op::Kind::kStore:
      Set(next, op.word, op.a);
      break;
    case Op::Kind::kExchange:
      answer = value;
      Set(next, op.word, op.a);
      break;
    case Op::Kind::kCompareExchange:
      answer = value == op.a;
      if (answer) Set(next, op.word, op.b);
      break;
    case Op::Kind::kAnd:
      answer = value;
      Set(next, op.word, value & op.a);
      break;
    case Op::Kind::kNote:
      next.noted[op.word] = static_cast<uint8_t>(next.noted[op.word] | 1 << process);
      break;
    case Op::Kind::kChange:
      next.noted[op.word] = 0;
      break;
    case Op::Kind::kPark:
      if (!(state.noted[op.word] >> process & 1)) break;
      next.status[process] = Status::kAsleep;
      return Emit(next, {Cause::kStep, static_cast<uint8_t>(process), 0});
    case Op::Kind::kUnpark:
      return WakeOne(state, process, op);
    case Op::Kind::kIsAlive:
      // The kernel does not tell a holder of its own claim.
      answer = op.a != scenario_.members[process].token && IsTokenAlive(state, op.a);
      break;
    case Op::Kind::kIsPast:
    case Op::Kind::kBegin:
      alternatives = 2;
      break;
    case Op::Kind::kChoose:
      alternatives = static_cast<uint8_t>(op.a);
      break;
    default:
      break;
  }
  for (uint8_t i = 0; i < alternatives; ++i) {
    State chosen = next;
    Advance(chosen, process, alternatives > 1 ? i : answer);
    Emit(chosen,
         {IsNewRound(op) ? Cause::kNewRound : Cause::kStep, static_cast<uint8_t>(process), i});
  }
}

// Which one of several the system wakes is not said; all of them count as one way.
void Explorer::WakeOne(const State& state, size_t process, const Op& op) {
  bool all = op.a != 0;
  State everybody = state;
  bool woke_one = false;
  for (uint8_t i = 0; i < processes_.size(); ++i) {
    if (state.status[i] != Status::kAsleep || NextOp(state, i).word != op.word) continue;
    State next = all ? everybody : state;
    next.status[i] = Status::kRunning;
    Advance(next, i, 0);
    if (all) {
      everybody = next;
      continue;
    }
    woke_one = true;
    Advance(next, process, 0);
    Emit(next, {Cause::kStep, static_cast<uint8_t>(process), i});
  }
  if (woke_one) return;
  Advance(everybody, process, 0);
  Emit(everybody, {Cause::kStep, static_cast<uint8_t>(process), 0});
}

void Explorer::Die(const State& state, size_t process) {
  State next = state;
  ++next.deaths;
  next.owed = static_cast<uint8_t>((1 << processes_.size()) - 1);
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (scenario_.members[i].token != scenario_.members[process].token) continue;
    if (next.inside[i] == Inside::kWriting) next.unreported = true;
    next.inside[i] = Inside::kNo;
    next.status[i] = Status::kDead;
    next.places[i] = 0;
    Forget(next, i);
  }
  Emit(next, {Cause::kDeath, static_cast<uint8_t>(process), 0});
}

void Explorer::Advance(State& state, size_t process, uint64_t answer) {
  Process& code = *processes_[process];
  Process::Place place = code.After(state.places[process], answer);
  while (state.status[process] != Status::kDone && IsRemark(code.NextOp(place))) {
    Heed(state, process, code.NextOp(place));
    place = state.status[process] == Status::kDone ? 0 : code.After(place, 0);
  }
  state.places[process] = place;
}

void Explorer::Heed(State& state, size_t process, const Op& remark) {
  switch (remark.kind) {
    case Op::Kind::kEntered:
      Enter(state, process, remark.a != 0, remark.b != 0);
      break;
    case Op::Kind::kLeft:
      state.inside[process] = Inside::kNo;
      break;
    case Op::Kind::kRepaired:
      state.unreported = false;
      break;
    case Op::Kind::kWrong:
      wrong_ = reinterpret_cast<const char*>(static_cast<uintptr_t>(remark.a));
      break;
    case Op::Kind::kDone:
      state.status[process] = Status::kDone;
      break;
    default:
      break;
  }
  if (remark.kind == Op::Kind::kEntered || remark.kind == Op::Kind::kReturned) {
    Forget(state, process);
  }
}

// What it has read of the words to park on is of no more use to it.
void Explorer::Forget(State& state, size_t process) {
  for (uint8_t& noted : state.noted) noted = static_cast<uint8_t>(noted & ~(1 << process));
}

void Explorer::Enter(State& state, size_t process, bool writing, bool reported) {
  if (reported && state.deaths == 0) wrong_ = "a report of a death that did not happen";
  if (state.unreported && !reported) wrong_ = "a death that nobody is told of";
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (i == process || state.inside[i] == Inside::kNo) continue;
    if (writing || state.inside[i] == Inside::kWriting) wrong_ = "two owners";
  }
  state.inside[process] = writing ? Inside::kWriting : Inside::kReading;
}

void Explorer::Emit(State state, Event event) {
  if (!report_.problem.empty()) return;
  for (size_t i = 0; i < processes_.size(); ++i) {
    int stopped = scenario_.members[i].stops;
    if (stopped >= 0 && state.status[i] == Status::kDone &&
        state.status[static_cast<size_t>(stopped)] == Status::kAsleep)
      wrong_ = "sleeps on, and was told to stop";
  }
  if (IsStandstill(state)) wrong_ = "a lost wake: all asleep, and no death explains it";
  bool is_new;
  uint32_t index = Known(state, is_new);
  if (is_new) {
    parents_.push_back(from_);
    events_.push_back(event);
    if (wrong_.empty() && IsFinal(state)) wrong_ = FinalProblem(state);
  }
  edges_.push_back(index << kCauseBits | static_cast<uint32_t>(event.cause));
  if (!wrong_.empty()) {
    // The state may have been found in another way before; this one is what went wrong.
    Fail(wrong_ + "\n" + Trace(from_) + Describe(from_, event));
  }
}

std::string Explorer::FinalProblem(const State& state) const {
  uint64_t lock = Value(state, kState);
  if (state.deaths == 0 && lock != 0) return "the lock is not as it was: state " + Number(lock);
  if ((lock & kOwner) != 0 && IsTokenAlive(state, lock & kOwner)) return "held, and all are done";
  for (uint8_t word = kFirstReader; word < kFirstReader + kReaders; ++word) {
    uint64_t reader = Value(state, word);
    if (reader != 0 && IsTokenAlive(state, reader)) return "a reader's word is taken for ever";
  }
  return {};
}

// By steps and slices alone: neither a death nor a sleep that ends without a reason may be needed.
void Explorer::CheckAllCanEnd() {
  std::vector<uint32_t> sources_begin(states_.size() + 1, 0);
  auto counts = [](uint32_t edge) { return CauseOf(edge) <= Cause::kSliceEnd; };
  for (uint32_t edge : edges_)
    if (counts(edge)) ++sources_begin[(edge >> kCauseBits) + 1];
  for (size_t i = 0; i < states_.size(); ++i) sources_begin[i + 1] += sources_begin[i];
  std::vector<uint32_t> sources(sources_begin.back());
  std::vector<uint32_t> filled(sources_begin.begin(), sources_begin.end() - 1);
  for (uint32_t i = 0; i < states_.size(); ++i)
    for (uint64_t edge = first_edge_[i]; edge < first_edge_[i + 1]; ++edge)
      if (counts(edges_[edge])) sources[filled[edges_[edge] >> kCauseBits]++] = i;
  std::vector<bool> can_end(states_.size());
  std::vector<uint32_t> to_do;
  for (uint32_t i = 0; i < states_.size(); ++i) {
    if (!IsFinal(states_[i])) continue;
    can_end[i] = true;
    to_do.push_back(i);
  }
  while (!to_do.empty()) {
    uint32_t state = to_do.back();
    to_do.pop_back();
    for (uint32_t i = sources_begin[state]; i < sources_begin[state + 1]; ++i) {
      if (can_end[sources[i]]) continue;
      can_end[sources[i]] = true;
      to_do.push_back(sources[i]);
    }
  }
  for (uint32_t i = 0; i < states_.size(); ++i)
    if (!can_end[i]) return Fail("a hang: from here it can't come to an end\n" + Trace(i));
}

// Within a round, and without an end of a sleep, the states must form no circle.
void Explorer::CheckNoEndlessWork() {
  auto counts = [](uint32_t edge) {
    return CauseOf(edge) == Cause::kStep || CauseOf(edge) == Cause::kDeath;
  };
  std::vector<uint32_t> unseen(states_.size());
  for (uint32_t edge : edges_)
    if (counts(edge)) ++unseen[edge >> kCauseBits];
  std::vector<uint32_t> order;
  order.reserve(states_.size());
  for (uint32_t i = 0; i < states_.size(); ++i)
    if (unseen[i] == 0) order.push_back(i);
  for (size_t next = 0; next < order.size(); ++next) {
    uint32_t i = order[next];
    for (uint64_t edge = first_edge_[i]; edge < first_edge_[i + 1]; ++edge)
      if (counts(edges_[edge]) && --unseen[edges_[edge] >> kCauseBits] == 0)
        order.push_back(edges_[edge] >> kCauseBits);
  }
  for (uint32_t i = 0; i < states_.size(); ++i)
    if (unseen[i] != 0) return Fail("work without an end\n" + Trace(i));
}

// Everybody sleeps, and nobody among them is owed the end of a slice.
bool Explorer::IsStandstill(const State& state) const {
  bool asleep = false;
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (state.status[i] == Status::kRunning) return false;
    if (state.status[i] != Status::kAsleep) continue;
    if (state.owed >> i & 1) return false;
    asleep = true;
  }
  return asleep;
}

bool Explorer::IsTokenAlive(const State& state, uint64_t token) const {
  for (size_t i = 0; i < processes_.size(); ++i)
    if (scenario_.members[i].token == token && state.status[i] != Status::kDead) return true;
  return false;
}

bool Explorer::IsFinal(const State& state) const {
  for (Status status : state.status)
    if (status <= Status::kAsleep) return false;
  return true;
}

const Op& Explorer::NextOp(const State& state, size_t process) const {
  return processes_[process]->NextOp(state.places[process]);
}

void Explorer::Set(State& state, uint8_t word, uint64_t value) {
  auto [found, is_new] = value_numbers_.try_emplace(value, static_cast<uint8_t>(values_.size()));
  if (is_new) {
    if (values_.size() > UINT8_MAX) abort();
    values_.push_back(value);
  }
  state.words[word] = found->second;
}

void Explorer::Fail(std::string problem) {
  if (report_.problem.empty()) report_.problem = std::move(problem);
}

std::string Explorer::Describe(uint32_t from, const Event& event) const {
  const State& state = states_[from];
  std::string text = "  " + std::to_string(event.process) + "  ";
  if (event.cause == Cause::kDeath) return text + "dies\n";
  if (event.cause == Cause::kSliceEnd) return text + "wakes: its slice is over\n";
  if (event.cause == Cause::kEarlyWake) return text + "wakes without a reason\n";
  const Op& op = NextOp(state, event.process);
  std::string word = kWordNames[op.word];
  std::string found = Number(Value(state, op.word));
  switch (op.kind) {
    case Op::Kind::kLoad:
      return text + word + " is " + found + "\n";
    case Op::Kind::kStore:
      return text + word + " = " + Number(op.a) + "\n";
    case Op::Kind::kExchange:
      return text + word + " = " + Number(op.a) + ", was " + found + "\n";
    case Op::Kind::kCompareExchange:
      return text + word + " = " + Number(op.b) +
             (found == Number(op.a) ? ", was " : " fails: expected " + Number(op.a) + ", is ") +
             found + "\n";
    case Op::Kind::kAnd:
      return text + word + " &= ..., was " + found + "\n";
    case Op::Kind::kNote:
      return text + "looks at " + word + "\n";
    case Op::Kind::kChange:
      return text + "changes " + word + "\n";
    case Op::Kind::kBegin:
      return text + (event.alternative ? "begins a round" : "ends") + "\n";
    case Op::Kind::kRetry:
      return text + "tries again\n";
    case Op::Kind::kPark:
      return text +
             (state.noted[op.word] >> event.process & 1 ? "sleeps on " : "does not sleep on ") +
             word + "\n";
    case Op::Kind::kUnpark:
      return text + "wakes " + (op.a ? "all" : std::to_string(event.alternative)) + " on " + word +
             "\n";
    case Op::Kind::kIsAlive:
      return text + "is " + Number(op.a) + " alive?\n";
    case Op::Kind::kIsPast:
      return text + (event.alternative ? "its time is up" : "it has time") + "\n";
    case Op::Kind::kChoose:
      return text + "chooses " + std::to_string(event.alternative) + "\n";
    default:
      return text + "is inside\n";
  }
}

std::string Explorer::Trace(uint32_t state) const {
  std::vector<uint32_t> way;
  for (uint32_t i = state; i != 0; i = parents_[i]) way.push_back(i);
  std::string text;
  for (auto i = way.rbegin(); i != way.rend(); ++i) text += Describe(parents_[*i], events_[*i]);
  return text;
}

uint32_t Explorer::Known(const State& state, bool& is_new) {
  if (states_.size() * 2 >= table_.size()) Grow();
  size_t mask = table_.size() - 1;
  for (size_t at = Hash(state) & mask;; at = (at + 1) & mask) {
    uint32_t entry = table_[at];
    is_new = entry == 0;
    if (is_new) {
      table_[at] = static_cast<uint32_t>(states_.size()) + 1;
      states_.push_back(state);
      return table_[at] - 1;
    }
    if (memcmp(&states_[entry - 1], &state, sizeof(state)) == 0) return entry - 1;
  }
}

void Explorer::Grow() {
  std::vector<uint32_t> larger(table_.size() * 4);
  size_t mask = larger.size() - 1;
  for (uint32_t i = 0; i < states_.size(); ++i) {
    size_t at = Hash(states_[i]) & mask;
    while (larger[at] != 0) at = (at + 1) & mask;
    larger[at] = i + 1;
  }
  table_ = std::move(larger);
}

}  // namespace model
