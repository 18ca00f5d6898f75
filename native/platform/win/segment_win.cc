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

namespace {

constexpr DWORD kFillWaitMs = 100;

// Security that lets nobody in. Who makes an object with it has it open all the same.
class NobodyElse {
 public:
  NobodyElse() noexcept {
    InitializeAcl(&rights_, sizeof(rights_), ACL_REVISION);
    InitializeSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor_, TRUE, &rights_, FALSE);
  }
  SECURITY_ATTRIBUTES* attributes() noexcept { return &attributes_; }

 private:
  ACL rights_;
  SECURITY_DESCRIPTOR descriptor_;
  SECURITY_ATTRIBUTES attributes_ = {sizeof(attributes_), &descriptor_, FALSE};
};

// The rights that objects of this program have which are made without a word about them.
Result<void> LetIn(HANDLE section) noexcept {
  HANDLE own = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &own))
    return LastError("OpenProcessToken");
  UniqueHandle token(own);
  union {
    TOKEN_DEFAULT_DACL rights;
    char room[16 * 1024];  // more than an access control list of the default can be
  } found;
  DWORD length;
  if (!GetTokenInformation(token.get(), TokenDefaultDacl, &found, sizeof(found), &length))
    return LastError("GetTokenInformation");
  SECURITY_DESCRIPTOR descriptor;
  InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
  SetSecurityDescriptorDacl(&descriptor, TRUE, found.rights.DefaultDacl, FALSE);
  if (!SetKernelObjectSecurity(section, DACL_SECURITY_INFORMATION, &descriptor))
    return LastError("SetKernelObjectSecurity");
  return {};
}

bool IsTaken(const ObjectName& name) noexcept {
  UniqueHandle found(OpenFileMappingW(FILE_MAP_READ, FALSE, name.c_str()));
  return found.valid() || GetLastError() != ERROR_FILE_NOT_FOUND;
}

}  // namespace

// A name shows at once, so what has content is nobody else's until that is there.
//
// `mode` means nothing here: the object gets the security of whoever makes it. Nor does `reserve`:
// every section is charged in full when it is made. The observer has nothing to hear: nobody has to
// remove what goes by itself.
Result<std::unique_ptr<Segment>> Segment::Create(const CreateOptions& options,
                                                 DebutObserver*) noexcept {
  if (options.size > SIZE_MAX) return ErrorOf(ERROR_COMMITMENT_LIMIT, "CreateFileMapping");
  auto high = static_cast<DWORD>(options.size >> 32);
  auto low = static_cast<DWORD>(options.size);
  ObjectName name = ObjectName::OfSegment(options.name);
  NobodyElse nobody_else;
  bool fill = options.content_length > 0;
  UniqueHandle section(CreateFileMappingW(INVALID_HANDLE_VALUE,
                                          fill ? nobody_else.attributes() : nullptr, PAGE_READWRITE,
                                          high, low, name.c_str()));
  DWORD error = GetLastError();
  // The name of an object of another kind, or of one that is not for this program.
  if (!section.valid() &&
      (error == ERROR_INVALID_HANDLE || (error == ERROR_ACCESS_DENIED && IsTaken(name)))) {
    error = ERROR_ALREADY_EXISTS;
  }
  // Of memory and page file together, as the other one says: no address is needed yet.
  if (error == ERROR_NOT_ENOUGH_MEMORY) error = ERROR_COMMITMENT_LIMIT;
  if (!section.valid() || error == ERROR_ALREADY_EXISTS) return ErrorOf(error, "CreateFileMapping");
  HANDLE made = section.get();
  Result<std::unique_ptr<Segment>> segment = MappedView::Map(
      std::move(section), static_cast<size_t>(options.size), FILE_MAP_READ | FILE_MAP_WRITE);
  if (!segment.ok() || !fill) return segment;
  CopyInOrder(segment.value()->data(), options.content, options.content_length);
  Result<void> open = LetIn(made);
  if (!open.ok()) return open.error();
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::Attach(const char* name, bool read_only) noexcept {
  // To map copy-on-write only the right to read is needed, which FILE_MAP_COPY does not ask for.
  DWORD rights = read_only ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
  ObjectName object = ObjectName::OfSegment(name);
  UniqueHandle section(OpenFileMappingW(rights, FALSE, object.c_str()));
  // It may be that its creator still fills it.
  for (DWORD waited = 0;
       !section.valid() && GetLastError() == ERROR_ACCESS_DENIED && waited < kFillWaitMs;
       ++waited) {
    Sleep(1);
    section = UniqueHandle(OpenFileMappingW(rights, FALSE, object.c_str()));
  }
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
