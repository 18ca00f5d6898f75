#include "tracking/tracker.h"

namespace named_shm {

namespace {

constexpr size_t kNoSlot = static_cast<size_t>(-1);

std::string KeyOf(Kind kind, const std::string& name) { return static_cast<char>(kind) + name; }

bool Unlink(const TrackedName& tracked) noexcept {
  return UnlinkIfStillThere(tracked.kind, tracked.name.c_str(), tracked.identity);
}

}  // namespace

void Tracker::KeepJournal(std::unique_ptr<Journal> journal, const std::string& path) noexcept {
  journal_ = std::move(journal);
  journal_path_ = path;
  doomed_journal_ = Doomed::Add(Kind::kJournal, path, {0, 0});
  Doomed::Settle(doomed_journal_);
}

Tracker::Entries::iterator Tracker::Find(Kind kind, const std::string& name,
                                         uint64_t serial) noexcept {
  auto [entry, end] = entries_.equal_range(KeyOf(kind, name));
  while (entry != end && entry->second.serial != serial) ++entry;
  return entry == end ? entries_.end() : entry;
}

Tracker::Entries::iterator Tracker::Remove(Entries::iterator entry) noexcept {
  Doomed::Remove(entry->second.doomed);
  if (entry->second.slot != kNoSlot) journal_->Erase(entry->second.slot);
  return entries_.erase(entry);
}

void Tracker::Forget(Kind kind, const std::string& name) noexcept {
  auto [entry, end] = entries_.equal_range(KeyOf(kind, name));
  while (entry != end) entry = Remove(entry);
}

bool Tracker::UnlinkOwn(Kind kind, const std::string& name, uint64_t serial) noexcept {
  auto entry = Find(kind, name, serial);
  if (entry == entries_.end()) return false;
  bool unlinked = Unlink(entry->second.tracked);
  Remove(entry);
  return unlinked;
}

void Tracker::UnlinkAll() noexcept {
  for (auto& [key, entry] : entries_) {
    Unlink(entry.tracked);
    Doomed::Remove(entry.doomed);
  }
  entries_.clear();
  if (journal_ == nullptr) return;
  (void)LockFile::Unlink(journal_path_.c_str());
  Doomed::Remove(doomed_journal_);
  journal_.reset();
}

void Tracker::Candidate::OnDebut(Identity identity) noexcept {
  TrackedName tracked{kind_, name_, identity};
  size_t slot = kNoSlot;
  if (tracker_.journal_) {
    Result<size_t> written = tracker_.journal_->Write(tracked);
    if (written.ok()) slot = written.value();
  }
  Doomed* doomed = Doomed::Add(kind_, name_, identity);
  serial_ = ++tracker_.last_serial_;
  tracker_.entries_.emplace(KeyOf(kind_, name_), Entry{std::move(tracked), slot, doomed, serial_});
}

void Tracker::Candidate::Settle() noexcept {
  auto entry = tracker_.Find(kind_, name_, serial_);
  if (entry != tracker_.entries_.end()) Doomed::Settle(entry->second.doomed);
}

void Tracker::Candidate::Discard() noexcept {
  auto entry = tracker_.Find(kind_, name_, serial_);
  if (entry != tracker_.entries_.end()) tracker_.Remove(entry);
}

}  // namespace named_shm
