#include "platform/posix/mapped_segment.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <new>

#include "platform/posix/copy_on_write.h"
#include "platform/posix/errors.h"

namespace named_shm {

namespace {

Result<void*> MapShared(const UniqueFd& fd, size_t length) noexcept {
  void* data = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return LastError("mmap");
  return data;
}

}  // namespace

Result<std::unique_ptr<MappedSegment>> MappedSegment::Map(const UniqueFd& fd, uint64_t size,
                                                          Identity identity,
                                                          Sharing sharing) noexcept {
  if (size > SIZE_MAX) return ErrorOf(ENOMEM, "mmap");
  auto length = static_cast<size_t>(size);
  Result<void*> mapped =
      sharing == Sharing::kShared ? MapShared(fd, length) : MapCopyOnWrite(fd, length);
  if (!mapped.ok()) return mapped.error();
  void* data = mapped.value();
  FaultGuard* guard = FaultGuard::Watch(data, length);
  auto* segment = guard ? new (std::nothrow) MappedSegment(data, length, identity, guard) : nullptr;
  if (segment == nullptr) {
    if (guard) guard->Unwatch();
    munmap(data, length);
    return ErrorOf(ENOMEM, "mmap");
  }
  return std::unique_ptr<MappedSegment>(segment);
}

void MappedSegment::ReleaseFrom(size_t offset) noexcept {
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t begin = (offset + page - 1) / page * page;
  if (begin >= size_) return;
  // In place and in one step, so that no other mapping can slip into the range. Where it fails
  // (strict overcommit, too many mappings) the pages stay shared until the destructor: late, safe.
  mmap(static_cast<char*>(data_) + begin, size_ - begin, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

MappedSegment::~MappedSegment() {
  guard_->Unwatch();
  munmap(data_, size_);
}

}  // namespace named_shm
