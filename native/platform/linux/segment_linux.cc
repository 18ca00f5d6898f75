// What Linux does in its own way with a segment: create, list, and tell one from another.

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/linux/shared_memory_folder.h"
#include "platform/posix/errors.h"
#include "platform/posix/file_size.h"
#include "platform/posix/mapped_segment.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/retry.h"
#include "platform/segment.h"

namespace named_shm {

namespace {

constexpr uint64_t kLarge = 1 << 20;

Result<void> WriteAll(const UniqueFd& fd, const void* bytes, size_t length) noexcept {
  // One call moves at most 2 GiB (write(2)).
  for (size_t done = 0; done < length;) {
    auto* from = static_cast<const char*>(bytes) + done;
    auto at = static_cast<off_t>(done);
    ssize_t written = Retry([&] { return pwrite(fd.get(), from, length - done, at); });
    if (written == -1) return LastError("write");
    done += static_cast<size_t>(written);
  }
  return {};
}

Result<void> Fill(const UniqueFd& fd, const Segment::CreateOptions& options) noexcept {
  Result<void> sized = GrowFile(fd, 0, options.size, options.reserve);
  if (!sized.ok()) return sized.error();
  return WriteAll(fd, options.content, options.content_length);
}

Result<std::unique_ptr<Segment>> FillAndMap(const UniqueFd& fd,
                                            const Segment::CreateOptions& options) noexcept {
  Result<void> filled = Fill(fd, options);
  if (!filled.ok()) return filled.error();
  return MappedSegment::Map(fd, options.size, IdentityOf(fd), MappedSegment::Sharing::kShared);
}

// For a /dev/shm that has no unnamed files (gVisor, some overlays): the name shows first, and
// whoever attaches before the size is there waits for it.
Result<std::unique_ptr<Segment>> CreateInSight(const Segment::CreateOptions& options,
                                               DebutObserver* observer) noexcept {
  PosixName path(options.name);
  int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  UniqueFd fd(Retry([&] { return shm_open(path.c_str(), flags, options.mode); }));
  if (!fd.valid()) return LastError("shm_open");
  Identity identity = IdentityOf(fd);
  if (observer) observer->OnDebut(identity);
  Result<std::unique_ptr<Segment>> segment = FillAndMap(fd, options);
  if (!segment.ok() && Segment::HasIdentity(options.name, identity)) shm_unlink(path.c_str());
  return segment;
}

}  // namespace

Result<std::unique_ptr<Segment>> Segment::Create(const CreateOptions& options,
                                                 DebutObserver* observer) noexcept {
  PosixName path(options.name, kFolder);
  // The cheap refusal first: to reserve a large segment and then find the name taken is a waste.
  if (options.size > kLarge && access(path.c_str(), F_OK) == 0) return ErrorOf(EEXIST, "shm_open");
  Result<std::unique_ptr<Segment>> segment =
      PublishWhole(path.c_str(), options.mode, observer,
                   [&](const UniqueFd& unnamed) { return FillAndMap(unnamed, options); });
  if (!segment.ok() && segment.error().number == ENOTSUP) return CreateInSight(options, observer);
  return segment;
}

bool Segment::HasIdentity(const char* name, Identity identity) noexcept {
  return FileHasIdentity(PosixName(name, kFolder).c_str(), identity);
}

Result<std::vector<SegmentInfo>> Segment::List() noexcept {
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) return LastError("opendir");
  std::vector<SegmentInfo> segments;
  while (const dirent* entry = readdir(folder)) {
    if (strncmp(entry->d_name, "sem.", 4) == 0) continue;
    struct stat status;
    if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == -1) continue;
    if (!S_ISREG(status.st_mode)) continue;
    segments.push_back({entry->d_name, static_cast<uint64_t>(status.st_size),
                        static_cast<uint32_t>(status.st_mode & 07777),
                        static_cast<int64_t>(status.st_uid),
                        static_cast<double>(status.st_mtim.tv_sec) * 1000 +
                            static_cast<double>(status.st_mtim.tv_nsec) / 1e6});
  }
  closedir(folder);
  return segments;
}

}  // namespace named_shm
