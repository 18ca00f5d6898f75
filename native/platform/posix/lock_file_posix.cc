#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "platform/lock_file.h"
#include "platform/posix/errors.h"
#include "platform/posix/retry.h"
#include "platform/posix/unique_fd.h"

namespace named_shm {

namespace {

// flock(2) on both systems: it belongs to the open file, so another thread's descriptor for the
// same file conflicts with it, and closing that one does not drop it.
class PosixLockFile final : public LockFile {
 public:
  explicit PosixLockFile(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  Result<void> WriteAt(uint64_t offset, const void* bytes, size_t length) noexcept override {
    auto at = static_cast<off_t>(offset);
    ssize_t written = Retry([&] { return pwrite(fd_.get(), bytes, length, at); });
    if (written == -1) return LastError("write");
    if (static_cast<size_t>(written) != length) return ErrorOf(ENOSPC, "write");
    return {};
  }

  Result<size_t> ReadAt(uint64_t offset, void* bytes, size_t length) noexcept override {
    auto at = static_cast<off_t>(offset);
    ssize_t got = Retry([&] { return pread(fd_.get(), bytes, length, at); });
    if (got == -1) return LastError("read");
    return static_cast<size_t>(got);
  }

 private:
  const UniqueFd fd_;
};

Result<std::unique_ptr<LockFile>> Wrap(UniqueFd fd) noexcept {
  auto* file = new (std::nothrow) PosixLockFile(std::move(fd));
  if (file == nullptr) return ErrorOf(ENOMEM, "open");
  return std::unique_ptr<LockFile>(file);
}

// Between opening and locking somebody may have removed the file: a lock on that one says nothing.
bool StillThere(const UniqueFd& fd) noexcept {
  struct stat status;
  return fstat(fd.get(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace

Result<std::unique_ptr<LockFile>> LockFile::Create(const char* path) noexcept {
  int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  for (;;) {
    UniqueFd fd(Retry([&] { return open(path, flags, 0600); }));
    if (!fd.valid()) return LastError("open");
    if (Retry([&] { return flock(fd.get(), LOCK_EX); }) == -1) {
      SysError error = LastError("flock");
      unlink(path);
      return error;
    }
    // A sweep that came between the two took the new file for a dead one's.
    if (StillThere(fd)) return Wrap(std::move(fd));
  }
}

Result<std::unique_ptr<LockFile>> LockFile::TakeOver(const char* path) noexcept {
  UniqueFd fd(Retry([&] { return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW); }));
  if (!fd.valid()) return LastError("open");
  if (Retry([&] { return flock(fd.get(), LOCK_EX | LOCK_NB); }) == -1)
    return errno == EWOULDBLOCK ? ErrorOf(EBUSY, "flock") : LastError("flock");
  if (!StillThere(fd)) return ErrorOf(ENOENT, "open");
  return Wrap(std::move(fd));
}

Result<void> LockFile::Unlink(const char* path) noexcept {
  if (unlink(path) == -1) return LastError("unlink");
  return {};
}

}  // namespace named_shm
