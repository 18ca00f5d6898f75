#pragma once

#include "platform/posix/fault_guard.h"
#include "platform/posix/unique_fd.h"
#include "platform/segment.h"

namespace named_shm {

// The mapping of a segment on every POSIX system. No descriptor is kept: the mapping alone holds
// the segment.
class MappedSegment final : public Segment {
 public:
  enum class Sharing { kShared, kCopyOnWrite };

  static Result<std::unique_ptr<MappedSegment>> Map(const UniqueFd& fd, uint64_t size,
                                                    Identity identity, Sharing sharing) noexcept;
  ~MappedSegment() override;

  void* data() const noexcept override { return data_; }
  size_t size() const noexcept override { return size_; }
  Identity identity() const noexcept override { return identity_; }
  void Release() noexcept override { ReleaseFrom(0); }
  // Release() for the pages that begin at `offset` or after it.
  void ReleaseFrom(size_t offset) noexcept;
  bool faulted() const noexcept override { return guard_->faulted(); }

 private:
  MappedSegment(void* data, size_t size, Identity identity, FaultGuard* guard) noexcept
      : data_(data), size_(size), identity_(identity), guard_(guard) {}

  void* const data_;
  const size_t size_;
  const Identity identity_;
  FaultGuard* const guard_;
};

}  // namespace named_shm
