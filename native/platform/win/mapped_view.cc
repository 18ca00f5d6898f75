#include "platform/win/mapped_view.h"

#include <new>

#include "platform/win/errors.h"

namespace named_shm {

Result<std::unique_ptr<Segment>> MappedView::Map(UniqueHandle section, size_t size,
                                                 DWORD access) noexcept {
  void* data = MapViewOfFile(section.get(), access, 0, 0, size);
  if (data == nullptr) return LastError("MapViewOfFile");
  MEMORY_BASIC_INFORMATION region;
  if (VirtualQuery(data, &region, sizeof(region)) == 0) {
    SysError error = LastError("VirtualQuery");
    UnmapViewOfFile(data);
    return error;
  }
  // Other programs make sections with pages that are missing (SEC_RESERVE) or can't be written
  // to (of an executable): to touch those would end the process.
  bool usable = region.State == MEM_COMMIT &&
                (region.Protect == PAGE_READWRITE || region.Protect == PAGE_WRITECOPY);
  if (size == 0) size = region.RegionSize;
  auto* segment = usable && region.RegionSize >= size
                      ? new (std::nothrow) MappedView(std::move(section), data, size)
                      : nullptr;
  if (segment != nullptr) return std::unique_ptr<Segment>(segment);
  UnmapViewOfFile(data);
  return ErrorOf(usable ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_HANDLE, "MapViewOfFile");
}

MappedView::~MappedView() { UnmapViewOfFile(data_); }

}  // namespace named_shm
