#include "test/model/process.h"

#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>

namespace model {

namespace {

constexpr size_t kMostSnapshots = 300000;

}  // namespace

// The code on its stack.
class Process::Runner {
 public:
  struct Snapshot {
    std::string bytes;  // the registers, then the stack from `low` up
    char* low;
    Op op;
  };

  explicit Runner(std::function<void()> program) : program_(std::move(program)) {
    getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack_;
    inside_.uc_stack.ss_size = sizeof(stack_);
    inside_.uc_link = nullptr;
    auto self = reinterpret_cast<uintptr_t>(this);
    makecontext(&inside_, reinterpret_cast<void (*)()>(&Runner::Run), 2,
                static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
  }

  Snapshot Continue() {
    running_ = this;
    swapcontext(&outside_, &inside_);
    std::string bytes(reinterpret_cast<char*>(&inside_), sizeof(inside_));
    bytes.append(low_, static_cast<size_t>(stack_ + sizeof(stack_) - low_));
    return {std::move(bytes), low_, op_};
  }

  Snapshot ContinueFrom(const Snapshot& from, uint64_t answer) {
    memcpy(&inside_, from.bytes.data(), sizeof(inside_));
    memset(stack_, 0, static_cast<size_t>(from.low - stack_));
    memcpy(from.low, from.bytes.data() + sizeof(inside_), from.bytes.size() - sizeof(inside_));
    answer_ = answer;
    return Continue();
  }

  static inline Runner* running_ = nullptr;

  __attribute__((noinline)) uint64_t Suspend(const Op& op) {
    op_ = op;
    // Whatever is above this is in use, nothing below it.
    low_ = static_cast<char*>(__builtin_alloca(64));
    memset(low_, 0, 64);
    swapcontext(&inside_, &outside_);
    return answer_;
  }

 private:
  static void Run(unsigned high, unsigned low) {
    auto* self = reinterpret_cast<Runner*>(static_cast<uintptr_t>(high) << 32 | low);
    self->program_();
    self->Suspend({Op::Kind::kAgain, 0, 0, 0});
  }

  const std::function<void()> program_;
  alignas(64) char stack_[16384] = {};
  ucontext_t inside_ = {};
  ucontext_t outside_ = {};
  char* low_ = nullptr;
  Op op_ = {};
  uint64_t answer_ = 0;
};

Process::Process(std::function<void()> program, const Answers& answers) {
  Runner runner(std::move(program));
  std::unordered_map<std::string, uint32_t> known;
  std::vector<Runner::Snapshot> snapshots;
  std::vector<Transitions> all;
  auto number = [&](Runner::Snapshot snapshot) {
    if (snapshot.op.kind == Op::Kind::kAgain) return uint32_t{0};
    auto [found, is_new] =
        known.try_emplace(snapshot.bytes, static_cast<uint32_t>(snapshots.size()));
    if (is_new) snapshots.push_back(std::move(snapshot));
    if (snapshots.size() > kMostSnapshots) {
      fprintf(stderr, "too many dead values on the stack: compile this with -O3\n");
      abort();
    }
    return found->second;
  };
  number(runner.Continue());
  for (uint32_t i = 0; i < snapshots.size(); ++i) {
    all.push_back({snapshots[i].op, {}});
    for (uint64_t answer : answers(all[i].op))
      all[i].next.emplace_back(answer, number(runner.ContinueFrom(snapshots[i], answer)));
  }

  // Refined until nothing splits: at first by what comes next, then also by where that leads.
  std::vector<uint32_t> parts(all.size(), 0);
  for (size_t count = 0;;) {
    std::map<std::vector<uint64_t>, uint32_t> numbers;
    std::vector<uint32_t> refined(all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      const Op& op = all[i].op;
      std::vector<uint64_t> key = {parts[i], static_cast<uint64_t>(op.kind), op.word, op.a, op.b};
      for (const auto& [answer, next] : all[i].next) key.push_back(parts[next]);
      refined[i] = numbers.try_emplace(key, static_cast<uint32_t>(numbers.size())).first->second;
    }
    parts = std::move(refined);
    if (numbers.size() == count) break;
    count = numbers.size();
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (parts[i] < places_.size()) continue;
    for (auto& [answer, next] : all[i].next) next = parts[next];
    places_.push_back(all[i]);
  }
  first_ = static_cast<Place>(parts[0]);
  if (places_.size() > UINT16_MAX) abort();
}

Process::Place Process::After(Place place, uint64_t answer) const {
  for (const auto& [known, next] : places_[place].next)
    if (known == answer) return static_cast<Place>(next);
  fprintf(stderr, "an answer that was not foreseen\n");
  abort();
}

uint64_t Process::Do(const Op& op) { return Runner::running_->Suspend(op); }

}  // namespace model
