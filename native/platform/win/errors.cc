#include "platform/win/errors.h"

namespace named_shm {

namespace {

struct Name {
  DWORD number;
  const char* code;
};

constexpr Name kNames[] = {
    {ERROR_FILE_NOT_FOUND, "ENOENT"},
    {ERROR_PATH_NOT_FOUND, "ENOENT"},
    {ERROR_TOO_MANY_OPEN_FILES, "EMFILE"},
    {ERROR_ACCESS_DENIED, "EACCES"},
    {ERROR_PRIVILEGE_NOT_HELD, "EPERM"},
    {ERROR_NOT_ENOUGH_MEMORY, "ENOMEM"},
    {ERROR_OUTOFMEMORY, "ENOMEM"},
    {ERROR_NO_SYSTEM_RESOURCES, "ENOMEM"},
    {ERROR_NOT_ENOUGH_QUOTA, "ENOMEM"},
    // What a segment is charged to: memory and page file together.
    {ERROR_COMMITMENT_LIMIT, "ENOSPC"},
    {ERROR_DISK_FULL, "ENOSPC"},
    {ERROR_HANDLE_DISK_FULL, "ENOSPC"},
    {ERROR_USER_MAPPED_FILE, "EBUSY"},
    {ERROR_SHARING_VIOLATION, "EBUSY"},
    {ERROR_ALREADY_EXISTS, "EEXIST"},
    {ERROR_FILE_EXISTS, "EEXIST"},
    // The name stands for another kind of object, or the object is not what was asked for.
    {ERROR_INVALID_HANDLE, "EINVAL"},
    {ERROR_INVALID_PARAMETER, "EINVAL"},
    {ERROR_INVALID_NAME, "EINVAL"},
    {ERROR_BAD_PATHNAME, "EINVAL"},
    {ERROR_FILENAME_EXCED_RANGE, "ENAMETOOLONG"},
    {ERROR_BUFFER_OVERFLOW, "ENAMETOOLONG"},
    {ERROR_NOT_SUPPORTED, "ENOTSUP"},
};

}  // namespace

SysError ErrorOf(DWORD number, const char* call) noexcept {
  for (const Name& name : kNames) {
    if (name.number == number) return {name.code, static_cast<int>(number), call};
  }
  return {"UNKNOWN", static_cast<int>(number), call};
}

SysError LastError(const char* call) noexcept { return ErrorOf(GetLastError(), call); }

}  // namespace named_shm
