#include "tracking/doomed.h"

#include <cstring>

#include "core/slot_table.h"
#include "platform/process_end.h"

namespace named_shm {

namespace {

SlotTable<Doomed, 64>& Table() noexcept {
  static auto* table = new SlotTable<Doomed, 64>;  // for as long as the process
  return *table;
}

}  // namespace

Doomed* Doomed::Add(Kind kind, const std::string& name, Identity identity) noexcept {
  if (name.size() >= sizeof(name_)) return nullptr;
  Doomed* doomed = Table().Take();
  if (doomed == nullptr) return nullptr;
  CallAtProcessEnd(&Doomed::UnlinkAll);
  doomed->kind_ = kind;
  doomed->identity_ = identity;
  memcpy(doomed->name_, name.c_str(), name.size() + 1);
  doomed->counts_.store(true, std::memory_order_release);
  return doomed;
}

void Doomed::Remove(Doomed* doomed) noexcept {
  if (doomed == nullptr) return;
  doomed->counts_.store(false, std::memory_order_release);
  Table().GiveBack(doomed);
}

void Doomed::UnlinkAll() noexcept {
  Table().ForEach([](Doomed& doomed) {
    if (doomed.counts_.exchange(false, std::memory_order_acq_rel))
      UnlinkIfStillThere(doomed.kind_, doomed.name_, doomed.identity_);
  });
}

}  // namespace named_shm
