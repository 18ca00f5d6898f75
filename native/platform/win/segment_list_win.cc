// The names of a session are a folder of the kernel's object manager.

#include <windows.h>
#include <winternl.h>

#include <cwchar>
#include <iterator>

#include "platform/segment.h"
#include "platform/win/errors.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

// Documented, of ntdll, without a declaration in Microsoft's headers.
extern "C" {
NTSTATUS NTAPI NtOpenDirectoryObject(HANDLE* directory, ACCESS_MASK access,
                                     OBJECT_ATTRIBUTES* attributes);
NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE directory, void* buffer, ULONG length,
                                      BOOLEAN single_entry, BOOLEAN restart, ULONG* context,
                                      ULONG* returned_length);
NTSTATUS NTAPI NtQuerySection(HANDLE section, int information_class, void* information,
                              SIZE_T length, SIZE_T* returned_length);
}

namespace named_shm {

namespace {

constexpr ACCESS_MASK kDirectoryQuery = 0x0001;
// Not SECTION_QUERY alone: OpenFileMapping takes that for FILE_MAP_COPY.
constexpr DWORD kSectionQuery = FILE_MAP_READ | 0x0001;

struct DirectoryEntry {
  UNICODE_STRING name;
  UNICODE_STRING type;
};

struct SectionBasicInformation {
  void* base;
  ULONG attributes;
  LARGE_INTEGER size;
};

bool IsSection(const UNICODE_STRING& type) noexcept {
  constexpr wchar_t kSection[] = L"Section";
  return type.Length == sizeof(kSection) - sizeof(wchar_t) &&
         wmemcmp(type.Buffer, kSection, type.Length / sizeof(wchar_t)) == 0;
}

Result<UniqueHandle> OpenNames() noexcept {
  DWORD session = 0;
  if (!ProcessIdToSessionId(GetCurrentProcessId(), &session))
    return LastError("ProcessIdToSessionId");
  wchar_t path[64];
  if (session == 0) {
    wcscpy(path, L"\\BaseNamedObjects");
  } else {
    swprintf(path, std::size(path), L"\\Sessions\\%lu\\BaseNamedObjects", session);
  }
  UNICODE_STRING name;
  RtlInitUnicodeString(&name, path);
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
  HANDLE directory = nullptr;
  NTSTATUS status = NtOpenDirectoryObject(&directory, kDirectoryQuery, &attributes);
  if (status < 0) return ErrorOf(RtlNtStatusToDosError(status), "NtOpenDirectoryObject");
  return UniqueHandle(directory);
}

// False for what can't be a segment: mapped files, programs, what is gone or not for this user.
bool Describe(const wchar_t* name, SegmentInfo& segment) noexcept {
  UniqueHandle section(OpenFileMappingW(kSectionQuery, FALSE, name));
  SectionBasicInformation basic;
  if (!section.valid() || NtQuerySection(section.get(), 0, &basic, sizeof(basic), nullptr) < 0)
    return false;
  segment.size = static_cast<uint64_t>(basic.size.QuadPart);
  return (basic.attributes & (SEC_FILE | SEC_RESERVE)) == 0;
}

}  // namespace

// The system keeps no time, and no owner or mode in the sense of POSIX.
Result<std::vector<SegmentInfo>> Segment::List() noexcept {
  Result<UniqueHandle> names = OpenNames();
  if (!names.ok()) return names.error();
  std::vector<SegmentInfo> segments;
  union {
    DirectoryEntry entry;
    char room[4096];  // for its two texts
  } found;
  ULONG context = 0;
  for (BOOLEAN restart = TRUE;; restart = FALSE) {
    NTSTATUS status = NtQueryDirectoryObject(names.value().get(), &found, sizeof(found), TRUE,
                                             restart, &context, nullptr);
    if (status < 0) {
      DWORD error = RtlNtStatusToDosError(status);
      if (error == ERROR_NO_MORE_ITEMS) return segments;
      return ErrorOf(error, "NtQueryDirectoryObject");
    }
    const UNICODE_STRING& name = found.entry.name;
    SegmentInfo segment = {};
    if (!IsSection(found.entry.type) || !Describe(name.Buffer, segment)) continue;
    segment.name = ToUtf8(name.Buffer, name.Length / sizeof(wchar_t));
    segment.mode = 0600;
    segment.uid = -1;
    segments.push_back(std::move(segment));
  }
}

}  // namespace named_shm
