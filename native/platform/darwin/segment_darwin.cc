// What macOS does in its own way with a segment. Its objects are in no folder: they can't be
// listed, linked, or told from one another.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/copy_in_order.h"
#include "platform/posix/errors.h"
#include "platform/posix/mapped_segment.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/retry.h"
#include "platform/segment.h"

namespace named_shm {

Result<std::unique_ptr<Segment>> Segment::Create(const CreateOptions& options,
                                                 DebutObserver* observer) noexcept {
  if (options.size > INT64_MAX) return ErrorOf(EFBIG, "ftruncate");
  PosixName path(options.name);
  int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  UniqueFd fd(Retry([&] { return shm_open(path.c_str(), flags, options.mode); }));
  if (!fd.valid()) return LastError("shm_open");
  if (observer) observer->OnDebut({0, 0});
  // Only one ftruncate is allowed, and it reserves the pages by itself; there is no fallocate. The
  // size that attachers then see is rounded up to a page, and so is ours.
  struct stat status;
  auto length = static_cast<off_t>(options.size);
  if (Retry([&] { return ftruncate(fd.get(), length); }) == -1 || fstat(fd.get(), &status) == -1) {
    SysError error = LastError("ftruncate");
    shm_unlink(path.c_str());
    return error;
  }
  Result<std::unique_ptr<Segment>> segment = MappedSegment::Map(
      fd, static_cast<uint64_t>(status.st_size), Identity{0, 0}, MappedSegment::Sharing::kShared);
  if (!segment.ok()) {
    shm_unlink(path.c_str());
  } else if (options.content_length > 0) {
    // A shared memory object can't be written to, only mapped (shm_open(2)).
    CopyInOrder(segment.value()->data(), options.content, options.content_length);
  }
  return segment;
}

bool Segment::HasIdentity(const char*, Identity) noexcept { return true; }

Result<std::vector<SegmentInfo>> Segment::List() noexcept {
  return SysError{"ERR_SHM_UNSUPPORTED", 0, "opendir"};
}

}  // namespace named_shm
