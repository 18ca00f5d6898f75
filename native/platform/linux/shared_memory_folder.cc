#include "platform/linux/shared_memory_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "platform/posix/errors.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

bool Link(const UniqueFd& fd, const char* path) noexcept {
  // The direct way needs a privilege before Linux 6.10 and then says ENOENT; the way through
  // /proc needs none (open(2), O_TMPFILE).
  if (linkat(fd.get(), "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return true;
  if (errno != ENOENT) return false;
  char self[40];
  snprintf(self, sizeof(self), "/proc/self/fd/%d", fd.get());
  return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace

Result<UniqueFd> OpenUnnamed(uint32_t mode) noexcept {
  UniqueFd fd(Retry([&] { return open(kFolder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode); }));
  if (fd.valid()) return fd;
  // A kernel or file system without O_TMPFILE says so in one of these ways.
  if (errno == EISDIR || errno == ENOENT || errno == EOPNOTSUPP || errno == EINVAL)
    return ErrorOf(ENOTSUP, "open");
  return LastError("shm_open");
}

Result<void> GiveName(const UniqueFd& fd, const char* path) noexcept {
  if (Link(fd, path)) return {};
  if (errno == ENOENT || errno == EOPNOTSUPP) return ErrorOf(ENOTSUP, "linkat");
  return LastError("shm_open");
}

Identity IdentityOf(const UniqueFd& fd) noexcept {
  struct stat status;
  if (fstat(fd.get(), &status) == -1) return {0, 0};
  return {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino)};
}

bool FileHasIdentity(const char* path, Identity identity) noexcept {
  struct stat status;
  return lstat(path, &status) == 0 && status.st_dev == identity.device &&
         status.st_ino == identity.inode;
}

}  // namespace named_shm
