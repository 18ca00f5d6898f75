#include "tracking/doomed.h"

#include <chrono>
#include <cstring>

#include "core/slot_table.h"
#include "platform/process_end.h"

namespace named_shm {

namespace {

SlotTable<Doomed, 64>& Table() noexcept {
  static auto* table = new SlotTable<Doomed, 64>;  // for as long as the process
  return *table;
}

using std::chrono::milliseconds;

constexpr milliseconds kLongestWait(1000);

std::atomic<bool> g_process_ends{false};

}  // namespace

Doomed* Doomed::Add(Kind kind, const std::string& name, Identity identity) noexcept {
  if (name.size() >= sizeof(name_)) return nullptr;
  Doomed* doomed = Table().Take();
  if (doomed == nullptr) return nullptr;
  CallAtProcessEnd(&Doomed::UnlinkAll);
  doomed->kind_ = kind;
  doomed->identity_ = identity;
  memcpy(doomed->name_, name.c_str(), name.size() + 1);
  doomed->maker_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  // Sequentially consistent, as in UnlinkAll: either that sees this name, or this sees the end.
  doomed->counts_.store(true);
  if (g_process_ends.load()) {
    doomed->counts_.store(false);
    for (;;) std::this_thread::sleep_for(kLongestWait);
  }
  return doomed;
}

void Doomed::Settle(Doomed* doomed) noexcept {
  if (doomed != nullptr) doomed->maker_.store(std::thread::id(), std::memory_order_release);
}

bool Doomed::IsMadeByAnotherThread() const noexcept {
  std::thread::id maker = maker_.load(std::memory_order_acquire);
  return maker != std::thread::id() && maker != std::this_thread::get_id();
}

void Doomed::Remove(Doomed* doomed) noexcept {
  if (doomed == nullptr) return;
  doomed->counts_.store(false, std::memory_order_release);
  Table().GiveBack(doomed);
}

void Doomed::UnlinkAll() noexcept {
  g_process_ends.store(true);
  Table().ForEach([](Doomed& doomed) {
    milliseconds waited(0);
    while (doomed.counts_.load() && doomed.IsMadeByAnotherThread() && waited < kLongestWait) {
      std::this_thread::sleep_for(milliseconds(1));
      ++waited;
    }
    if (doomed.counts_.exchange(false))
      UnlinkIfStillThere(doomed.kind_, doomed.name_, doomed.identity_);
  });
}

}  // namespace named_shm
