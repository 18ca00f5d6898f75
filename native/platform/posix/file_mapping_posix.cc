#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <vector>

#include "platform/file_mapping.h"
#include "platform/posix/errors.h"
#include "platform/posix/file_size.h"
#include "platform/posix/mapped_segment.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

Result<std::shared_ptr<MappedSegment>> MapWhole(const UniqueFd& fd, uint64_t size,
                                                bool read_only) noexcept {
  using Sharing = MappedSegment::Sharing;
  return MappedSegment::Map(fd, size, Identity{0, 0},
                            read_only ? Sharing::kCopyOnWrite : Sharing::kShared);
}

class PosixFileMapping final : public FileMapping {
 public:
  PosixFileMapping(UniqueFd fd, const OpenOptions& options, bool created,
                   std::shared_ptr<MappedSegment> bytes) noexcept
      : fd_(std::move(fd)),
        read_only_(options.read_only),
        created_(created),
        bytes_(std::move(bytes)) {}

  bool created() const noexcept override { return created_; }
  std::shared_ptr<Segment> bytes() const noexcept override { return Current(); }
  Result<void> Resize(uint64_t size, bool reserve) noexcept override;
  Result<void> Flush() noexcept override;
  void Release() noexcept override;
  bool faulted() const noexcept override;

 private:
  std::shared_ptr<MappedSegment> Current() const noexcept {
    std::lock_guard<std::mutex> lock(mutex_);
    return bytes_;
  }

  // With each mapping that still has an owner.
  template <typename Visit>
  void ForEach(Visit visit) const noexcept {
    visit(*bytes_);
    for (const auto& earlier : earlier_)
      if (std::shared_ptr<MappedSegment> segment = earlier.lock()) visit(*segment);
  }

  void ForgetThoseThatAreGone() noexcept {
    std::vector<std::weak_ptr<MappedSegment>> left;
    for (auto& earlier : earlier_)
      if (!earlier.expired()) left.push_back(std::move(earlier));
    earlier_.swap(left);
  }

  const UniqueFd fd_;
  const bool read_only_;
  const bool created_;
  mutable std::mutex mutex_;  // for bytes_, which Flush reads in its thread
  std::shared_ptr<MappedSegment> bytes_;
  std::vector<std::weak_ptr<MappedSegment>> earlier_;
  std::atomic<bool> released_{false};
};

Result<void> PosixFileMapping::Resize(uint64_t size, bool reserve) noexcept {
  Result<struct stat> status = StatusOf(fd_, "fstat");
  if (!status.ok()) return status.error();
  auto before = static_cast<uint64_t>(status.value().st_size);
  Result<void> resized;
  if (size > before) {
    resized = GrowFile(fd_, before, size, reserve);
  } else if (size < before) {
    // The pages first, so that nobody faults on them.
    ForEach([&](MappedSegment& segment) { segment.ReleaseFrom(size); });
    if (Retry([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); }) == -1)
      resized = LastError("ftruncate");
  }
  Result<std::shared_ptr<MappedSegment>> mapped =
      MapWhole(fd_, resized.ok() ? size : before, read_only_);
  if (!mapped.ok()) return resized.ok() ? mapped.error() : resized.error();
  ForgetThoseThatAreGone();
  earlier_.push_back(bytes_);
  std::lock_guard<std::mutex> lock(mutex_);
  bytes_ = std::move(mapped.value());
  return resized;
}

Result<void> PosixFileMapping::Flush() noexcept {
  std::shared_ptr<MappedSegment> bytes = Current();
  if (Retry([&] { return msync(bytes->data(), bytes->size(), MS_SYNC); }) == -1)
    return LastError("msync");
#ifdef F_FULLFSYNC
  // msync and fsync leave it in the drive's cache (macOS, fsync(2)). Not every disk knows more.
  if (Retry([&] { return fcntl(fd_.get(), F_FULLFSYNC); }) == -1 &&
      Retry([&] { return fsync(fd_.get()); }) == -1) {
    return LastError("fsync");
  }
#else
  // Released meanwhile, they were no pages of the file, and what they had held was the file's.
  if (released_ && Retry([&] { return fdatasync(fd_.get()); }) == -1) return LastError("fdatasync");
#endif
  return {};
}

void PosixFileMapping::Release() noexcept {
  released_ = true;
  ForEach([](MappedSegment& segment) { segment.Release(); });
}

bool PosixFileMapping::faulted() const noexcept {
  bool any = false;
  ForEach([&](const MappedSegment& segment) { any = any || segment.faulted(); });
  return any;
}

Result<UniqueFd> OpenFile(const FileMapping::OpenOptions& options, bool* created) noexcept {
  // O_NONBLOCK: a FIFO must not hang us. A regular file does not know it.
  int flags = (options.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  auto open_with = [&](int more) {
    return Retry([&] { return open(options.path, flags | more, options.mode); });
  };
  UniqueFd fd(open_with(options.create ? O_CREAT | O_EXCL : 0));
  *created = options.create && fd.valid();
  if (!fd.valid() && options.create && errno == EEXIST) fd = UniqueFd(open_with(O_CREAT));
  if (!fd.valid()) return LastError("open");
  return fd;
}

}  // namespace

Result<std::unique_ptr<FileMapping>> FileMapping::Open(const OpenOptions& options) noexcept {
  bool created = false;
  Result<UniqueFd> fd = OpenFile(options, &created);
  if (!fd.ok()) return fd.error();
  auto fail = [&](const SysError& error) {
    if (created) unlink(options.path);
    return error;
  };
  Result<struct stat> status =
      options.create ? StatusOf(fd.value(), "open") : StatusOnceSized(fd.value(), "open");
  if (!status.ok()) return fail(status.error());
  auto size = static_cast<uint64_t>(status.value().st_size);
  if (options.create && size < options.size) {
    Result<void> grown = GrowFile(fd.value(), size, options.size, options.reserve);
    if (!grown.ok()) return fail(grown.error());
    size = options.size;
  }
  if (size == 0) return SysError{"ERR_SHM_EMPTY", 0, "open"};
  Result<std::shared_ptr<MappedSegment>> bytes = MapWhole(fd.value(), size, options.read_only);
  if (!bytes.ok()) return fail(bytes.error());
  auto* file = new (std::nothrow)
      PosixFileMapping(std::move(fd.value()), options, created, std::move(bytes.value()));
  if (file == nullptr) return fail(ErrorOf(ENOMEM, "open"));
  return std::unique_ptr<FileMapping>(file);
}

}  // namespace named_shm
