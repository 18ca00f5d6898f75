#pragma once

#include <cstddef>
#include <memory>

#include "core/result.h"
#include "platform/segment.h"

namespace named_shm {

// A segment mapped once more, over pages that somebody else owns: those of a WebAssembly memory,
// to which its code is bound by address.
class MemoryWindow {
 public:
  // Takes the place of the pages at `begin`, whole pages for the whole segment, in one step. The
  // owner of the range must keep it until the window is gone.
  //
  // EBUSY where another window of the process lies there, EINVAL where the segment is mapped
  // copy-on-write, ERR_SHM_UNSUPPORTED where the system can't.
  static Result<std::unique_ptr<MemoryWindow>> Open(void* begin, const Segment& segment) noexcept;

  static size_t PageSize() noexcept;

  // Leaves private zeros in its place.
  virtual ~MemoryWindow() = default;

  // As Segment::faulted, for accesses through the window.
  virtual bool faulted() const noexcept = 0;
};

}  // namespace named_shm
