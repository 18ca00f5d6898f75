// Linux: an open-file-description lock (fcntl(2)) on one byte of the segment's own file, at the
// offset that the token says. It belongs to this open file alone, so that two threads of a process
// are told apart, and goes when the file is closed.

#include <fcntl.h>

#include <cerrno>
#include <new>

#include "platform/linux/shared_memory_folder.h"
#include "platform/liveness.h"
#include "platform/posix/errors.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

struct flock ByteOf(uint64_t token) noexcept {
  struct flock byte = {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<off_t>(token);
  byte.l_len = 1;
  return byte;
}

class OfdLiveness final : public Liveness {
 public:
  explicit OfdLiveness(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  bool IsAlive(uint64_t token) const noexcept override {
    struct flock byte = ByteOf(token);
    if (fcntl(fd_.get(), F_OFD_GETLK, &byte) == -1) return true;
    return byte.l_type != F_UNLCK;
  }

 private:
  const UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<Liveness>> Liveness::Claim(const Place& place, uint64_t token) noexcept {
  PosixName path(place.name, kFolder);
  UniqueFd fd(Retry([&] { return open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW); }));
  if (!fd.valid()) return LastError("shm_open");
  Identity opened = IdentityOf(fd);
  if (opened.device != place.identity.device || opened.inode != place.identity.inode)
    return ErrorOf(ENOENT, "shm_open");
  struct flock byte = ByteOf(token);
  if (Retry([&] { return fcntl(fd.get(), F_OFD_SETLK, &byte); }) == -1) return LastError("fcntl");
  auto* liveness = new (std::nothrow) OfdLiveness(std::move(fd));
  if (liveness == nullptr) return ErrorOf(ENOMEM, "shm_open");
  return std::unique_ptr<Liveness>(liveness);
}

}  // namespace named_shm
