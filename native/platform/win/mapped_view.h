#pragma once

#include <windows.h>

#include <memory>

#include "platform/segment.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

// The view of a section, of the page file or of a file. It outlives the section's handle.
class MappedView final : public Segment {
 public:
  // `size` 0: as many bytes as the view has, whole pages.
  static Result<std::unique_ptr<Segment>> Map(UniqueHandle section, size_t size,
                                              DWORD access) noexcept;
  ~MappedView() override;

  void* data() const noexcept override { return data_; }
  size_t size() const noexcept override { return size_; }
  Identity identity() const noexcept override { return {0, 0}; }

  // The pages can't be replaced without a moment in which there are none: the view stays as it is.
  void Release() noexcept override { section_.Close(); }

  // A section can't be made smaller while a view of it is mapped.
  bool faulted() const noexcept override { return false; }

 private:
  MappedView(UniqueHandle section, void* data, size_t size) noexcept
      : section_(std::move(section)), data_(data), size_(size) {}

  UniqueHandle section_;
  void* const data_;
  const size_t size_;
};

}  // namespace named_shm
