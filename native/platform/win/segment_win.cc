// A segment is a section of the page file. It lives as long as a handle of it, its name too; a view
// that is mapped outlives both.

#include <windows.h>

#include "core/copy_in_order.h"
#include "platform/segment.h"
#include "platform/win/errors.h"
#include "platform/win/mapped_view.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

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
  Result<std::unique_ptr<Segment>> segment = MappedView::Map(
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
  return MappedView::Map(std::move(section), 0, read_only ? FILE_MAP_COPY : rights);
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
