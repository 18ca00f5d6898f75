// A view can be mapped at a given address only where nothing lies, and the pages of a WebAssembly
// memory can't be taken away without a moment in which there are none.

#include <windows.h>

#include "platform/memory_window.h"

namespace named_shm {

namespace {

constexpr SysError kUnsupported = {"ERR_SHM_UNSUPPORTED", 0, "MapViewOfFileEx"};

}  // namespace

Result<std::unique_ptr<MemoryWindow>> MemoryWindow::Open(void*, const Segment&) noexcept {
  return kUnsupported;
}

size_t MemoryWindow::PageSize() noexcept {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwAllocationGranularity;
}

}  // namespace named_shm
