#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/result.h"

namespace named_shm {

// A private regular file that a living process holds locked: the kernel drops the lock with the
// process, however it ends, so a lock that can be taken says that the holder is dead.
class LockFile {
 public:
  // Makes the file (which must not exist) and holds it.
  static Result<std::unique_ptr<LockFile>> Create(const char* path) noexcept;

  // Takes over a file whose holder is dead; EBUSY while one lives.
  static Result<std::unique_ptr<LockFile>> TakeOver(const char* path) noexcept;

  // Removes the file from its folder. Async-signal-safe.
  static Result<void> Unlink(const char* path) noexcept;

  virtual ~LockFile() = default;
  virtual Result<void> WriteAt(uint64_t offset, const void* bytes, size_t length) noexcept = 0;

  // Returns how many bytes there were to read, less than `length` at the file's end.
  virtual Result<size_t> ReadAt(uint64_t offset, void* bytes, size_t length) noexcept = 0;
};

// Changes with every start of the system, at most 63 characters: what was written down under
// another one no longer speaks of anything that exists.
const char* BootId() noexcept;

}  // namespace named_shm
