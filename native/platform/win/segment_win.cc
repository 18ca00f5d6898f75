// A segment is a section of the page file. It lives as long as a handle of it, its name too; a view
// that is mapped outlives both.

#include <windows.h>

#include <new>

#include "core/copy_in_order.h"
#include "platform/segment.h"
#include "platform/win/errors.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

namespace {

class WinSegment final : public Segment {
 public:
  // `size` 0: as many bytes as the view has, whole pages.
  static Result<std::unique_ptr<Segment>> Map(UniqueHandle section, size_t size,
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
                        ? new (std::nothrow) WinSegment(std::move(section), data, size)
                        : nullptr;
    if (segment != nullptr) return std::unique_ptr<Segment>(segment);
    UnmapViewOfFile(data);
    return ErrorOf(usable ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_HANDLE, "MapViewOfFile");
  }

  ~WinSegment() override { UnmapViewOfFile(data_); }

  void* data() const noexcept override { return data_; }
  size_t size() const noexcept override { return size_; }
  Identity identity() const noexcept override { return {0, 0}; }

  // The pages can't be replaced without a moment in which there are none: the view stays as it is.
  void Release() noexcept override { section_.Close(); }

  // A section can't be made smaller while a view of it is mapped.
  bool faulted() const noexcept override { return false; }

 private:
  WinSegment(UniqueHandle section, void* data, size_t size) noexcept
      : section_(std::move(section)), data_(data), size_(size) {}

  UniqueHandle section_;
  void* const data_;
  const size_t size_;
};

}  // namespace

// `mode` means nothing here: the object gets the security of whoever makes it. Nor does `reserve`:
// every section is charged in full when it is made. The observer has nothing to hear: nobody has to
// remove what goes by itself.
Result<std::unique_ptr<Segment>> Segment::Create(const CreateOptions& options,
                                                 DebutObserver*) noexcept {
  if (options.size > SIZE_MAX) return ErrorOf(ERROR_COMMITMENT_LIMIT, "CreateFileMapping");
  auto high = static_cast<DWORD>(options.size >> 32);
  auto low = static_cast<DWORD>(options.size);
  ObjectName name = ObjectName::OfSegment(options.name);
  UniqueHandle section(
      CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, high, low, name.c_str()));
  DWORD error = GetLastError();
  // The name of an object of another kind.
  if (!section.valid() && error == ERROR_INVALID_HANDLE) error = ERROR_ALREADY_EXISTS;
  // Of memory and page file together, as the other one says: no address is needed yet.
  if (error == ERROR_NOT_ENOUGH_MEMORY) error = ERROR_COMMITMENT_LIMIT;
  if (!section.valid() || error == ERROR_ALREADY_EXISTS) return ErrorOf(error, "CreateFileMapping");
  Result<std::unique_ptr<Segment>> segment = WinSegment::Map(
      std::move(section), static_cast<size_t>(options.size), FILE_MAP_READ | FILE_MAP_WRITE);
  if (segment.ok() && options.content_length > 0)
    CopyInOrder(segment.value()->data(), options.content, options.content_length);
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::Attach(const char* name, bool read_only) noexcept {
  // To map copy-on-write only the right to read is needed, which FILE_MAP_COPY does not ask for.
  DWORD rights = read_only ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
  UniqueHandle section(OpenFileMappingW(rights, FALSE, ObjectName::OfSegment(name).c_str()));
  if (!section.valid()) return LastError("OpenFileMapping");
  return WinSegment::Map(std::move(section), 0, read_only ? FILE_MAP_COPY : rights);
}

// As in CPython: the name goes with the last handle.
Result<void> Segment::Unlink(const char*) noexcept { return {}; }

// Of what a process left there is nothing that somebody would have to remove.
bool Segment::HasIdentity(const char*, Identity) noexcept { return false; }

const uint32_t* SegmentFaultCount() noexcept {
  static const uint32_t never = 0;
  return &never;
}

}  // namespace named_shm
