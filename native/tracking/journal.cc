#include "tracking/journal.h"

#include <cstring>
#include <new>

#include "platform/segment.h"
#include "platform/semaphore.h"

namespace named_shm {

namespace {

constexpr char kMagic[8] = {'N', 'S', 'H', 'M', 'J', 'R', 'N', '1'};

struct Header {
  char magic[8];
  char boot_id[64];
  char padding[56];
};
static_assert(sizeof(Header) == 128, "the layout is read by other versions");

struct Slot {
  Kind kind;
  uint8_t name_length;
  char padding[6];
  uint64_t device;
  uint64_t inode;
  char name[296];
};
static_assert(sizeof(Slot) == 320, "the layout is read by other versions");

uint64_t OffsetOf(size_t slot) noexcept { return sizeof(Header) + slot * sizeof(Slot); }

// True where the journal is whole and was written since the system started.
bool SpeaksOfNow(LockFile& file) noexcept {
  Header header;
  Result<size_t> got = file.ReadAt(0, &header, sizeof(header));
  return got.ok() && got.value() == sizeof(header) &&
         memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 &&
         strncmp(header.boot_id, BootId(), sizeof(header.boot_id)) == 0;
}

std::vector<TrackedName> ReadSlots(LockFile& file) {
  std::vector<TrackedName> tracked;
  Slot slot;
  for (size_t i = 0;; ++i) {
    Result<size_t> got = file.ReadAt(OffsetOf(i), &slot, sizeof(slot));
    if (!got.ok() || got.value() != sizeof(slot)) return tracked;
    if (slot.kind != Kind::kSegment && slot.kind != Kind::kSemaphore) continue;
    tracked.push_back(
        {slot.kind, std::string(slot.name, slot.name_length), {slot.device, slot.inode}});
  }
}

bool IsStillThere(Kind kind, const char* name, Identity identity) noexcept {
  return kind == Kind::kSegment ? Segment::HasIdentity(name, identity)
                                : Semaphore::HasIdentity(name, identity);
}

}  // namespace

bool UnlinkIfStillThere(Kind kind, const char* name, Identity identity) noexcept {
  if (kind == Kind::kJournal) return LockFile::Unlink(name).ok();
  if (!IsStillThere(kind, name, identity)) return false;
  return (kind == Kind::kSegment ? Segment::Unlink(name) : Semaphore::Unlink(name)).ok();
}

Result<std::unique_ptr<Journal>> Journal::Create(const char* path) noexcept {
  Result<std::unique_ptr<LockFile>> file = LockFile::Create(path);
  if (!file.ok()) return file.error();
  Header header = {};
  memcpy(header.magic, kMagic, sizeof(kMagic));
  strncpy(header.boot_id, BootId(), sizeof(header.boot_id) - 1);
  Result<void> written = file.value()->WriteAt(0, &header, sizeof(header));
  if (!written.ok()) {
    (void)LockFile::Unlink(path);
    return written.error();
  }
  auto* journal = new (std::nothrow) Journal(std::move(file.value()));
  if (journal == nullptr) return SysError{"ENOMEM", 0, "open"};
  return std::unique_ptr<Journal>(journal);
}

Result<size_t> Journal::Write(const TrackedName& tracked) noexcept {
  Slot slot = {};
  slot.kind = tracked.kind;
  slot.name_length = static_cast<uint8_t>(tracked.name.size());
  slot.device = tracked.identity.device;
  slot.inode = tracked.identity.inode;
  memcpy(slot.name, tracked.name.data(), slot.name_length);
  size_t index = free_slots_.empty() ? slot_count_ : free_slots_.back();
  Result<void> written = file_->WriteAt(OffsetOf(index), &slot, sizeof(slot));
  if (!written.ok()) return written.error();
  if (index == slot_count_) {
    ++slot_count_;
  } else {
    free_slots_.pop_back();
  }
  return index;
}

void Journal::Erase(size_t slot) noexcept {
  Kind free = Kind::kFree;
  // A slot that can't be freed names an object that is gone: harmless.
  (void)file_->WriteAt(OffsetOf(slot), &free, sizeof(free));
  free_slots_.push_back(slot);
}

Result<std::vector<TrackedName>> Journal::Reclaim(const char* path, bool dry_run) noexcept {
  Result<std::unique_ptr<LockFile>> file = LockFile::TakeOver(path);
  if (!file.ok()) return file.error();
  std::vector<TrackedName> found;
  if (SpeaksOfNow(*file.value())) {
    for (TrackedName& tracked : ReadSlots(*file.value())) {
      auto test = dry_run ? IsStillThere : UnlinkIfStillThere;
      if (test(tracked.kind, tracked.name.c_str(), tracked.identity))
        found.push_back(std::move(tracked));
    }
  }
  if (!dry_run) (void)LockFile::Unlink(path);
  return found;
}

}  // namespace named_shm
