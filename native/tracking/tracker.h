#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "tracking/doomed.h"
#include "tracking/journal.h"

namespace named_shm {

// The names that one Node environment has made and not chosen to keep. They are unlinked when it
// ends, or the process does (Doomed); the journal, where there is one, is for the case that the
// process can't do so itself.
class Tracker {
 public:
  // Keeps what is tracked from now on in the journal too. Once.
  void KeepJournal(std::unique_ptr<Journal> journal, const std::string& path) noexcept;
  bool has_journal() const noexcept { return journal_ != nullptr; }

  // The name is gone, or no longer ours to remove.
  void Forget(Kind kind, const std::string& name) noexcept;

  // Unlinks what was made under that serial number, unless the name already stands for something
  // else, of ours too; says whether it did.
  bool UnlinkOwn(Kind kind, const std::string& name, uint64_t serial) noexcept;
  void UnlinkAll() noexcept;

 private:
  struct Entry {
    TrackedName tracked;
    size_t slot;     // in the journal, or kNoSlot
    Doomed* doomed;  // or null
    uint64_t serial;
  };
  // By kind and name. The same name twice: one that somebody else unlinked, and its successor.
  using Entries = std::unordered_multimap<std::string, Entry>;

 public:
  // An object in the making: tracked from its debut on, or not at all if it never came to be.
  class Candidate final : public DebutObserver {
   public:
    Candidate(Tracker& tracker, Kind kind, std::string name) noexcept
        : tracker_(tracker), kind_(kind), name_(std::move(name)) {}
    void OnDebut(Identity identity) noexcept override;
    void Discard() noexcept;                              // it never came to be
    void Settle() noexcept;                               // its name shows
    uint64_t serial() const noexcept { return serial_; }  // 0 where it is not tracked

   private:
    Tracker& tracker_;
    const Kind kind_;
    const std::string name_;
    uint64_t serial_ = 0;
  };

 private:
  Entries::iterator Find(Kind kind, const std::string& name, uint64_t serial) noexcept;
  Entries::iterator Remove(Entries::iterator entry) noexcept;

  Entries entries_;
  uint64_t last_serial_ = 0;
  std::unique_ptr<Journal> journal_;
  std::string journal_path_;
  Doomed* doomed_journal_ = nullptr;
};

}  // namespace named_shm
