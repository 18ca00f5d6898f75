#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/identity.h"
#include "platform/lock_file.h"

namespace named_shm {

enum class Kind : uint8_t { kFree = 0, kSegment = 'S', kSemaphore = 'M', kJournal = 'J' };

struct TrackedName {
  Kind kind;
  std::string name;
  Identity identity;
};

// Unlinks a name that still stands for the object that was made, and not for a later one; says
// whether it did. Async-signal-safe.
bool UnlinkIfStillThere(Kind kind, const char* name, Identity identity) noexcept;

// What a process has to remove, written down where the next process can read it after a SIGKILL.
//
// The file, in native byte order:
//    0  char[8]   "NSHMJRN1"
//    8  char[64]  boot id, NUL-padded
//   72            padding
//  128  Slot[]    in any order, 320 bytes each:
//         0  uint8   kind: 'S' segment, 'M' semaphore, 0 free
//         1  uint8   length of the name
//         8  uint64  device of the object
//        16  uint64  inode of the object
//        24  char[]  name
// A slot is written with one call before the name shows in the system, and freed after it is gone.
class Journal {
 public:
  static Result<std::unique_ptr<Journal>> Create(const char* path) noexcept;

  // Returns the slot, to be freed by Erase.
  Result<size_t> Write(const TrackedName& tracked) noexcept;
  void Erase(size_t slot) noexcept;

  // Unlinks what the journal of a dead process names and removes the journal; returns what was
  // still there. EBUSY while its process lives. `dry_run`: only tell.
  static Result<std::vector<TrackedName>> Reclaim(const char* path, bool dry_run) noexcept;

 private:
  explicit Journal(std::unique_ptr<LockFile> file) noexcept : file_(std::move(file)) {}

  const std::unique_ptr<LockFile> file_;
  std::vector<size_t> free_slots_;
  size_t slot_count_ = 0;
};

}  // namespace named_shm
