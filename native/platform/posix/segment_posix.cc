// What every POSIX system does alike with a segment: attach and unlink.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "platform/posix/errors.h"
#include "platform/posix/file_size.h"
#include "platform/posix/mapped_segment.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/retry.h"
#include "platform/segment.h"

namespace named_shm {

Result<std::unique_ptr<Segment>> Segment::Attach(const char* name, bool read_only) noexcept {
  PosixName path(name);
  // O_NONBLOCK: somebody's FIFO under this name must not hang us. A segment does not know it.
  int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;
  UniqueFd fd(Retry([&] { return shm_open(path.c_str(), flags, 0); }));
  if (!fd.valid()) return LastError("shm_open");
  Result<struct stat> status = StatusOnceSized(fd, "shm_open");
  if (!status.ok()) return status.error();
  auto size = static_cast<uint64_t>(status.value().st_size);
  if (size == 0) return SysError{"ERR_SHM_EMPTY", 0, "fstat"};
  Identity identity = {static_cast<uint64_t>(status.value().st_dev),
                       static_cast<uint64_t>(status.value().st_ino)};
  return MappedSegment::Map(
      fd, size, identity,
      read_only ? MappedSegment::Sharing::kCopyOnWrite : MappedSegment::Sharing::kShared);
}

Result<void> Segment::Unlink(const char* name) noexcept {
  PosixName path(name);
  if (shm_unlink(path.c_str()) == -1) return LastError("shm_unlink");
  return {};
}

}  // namespace named_shm
