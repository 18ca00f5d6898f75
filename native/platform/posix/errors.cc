#include "platform/posix/errors.h"

#include <cerrno>

namespace named_shm {

namespace {

struct Name {
  int number;
  const char* code;
};

constexpr Name kNames[] = {
    {EACCES, "EACCES"},       {EAGAIN, "EAGAIN"},
    {EBADF, "EBADF"},         {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},       {EFAULT, "EFAULT"},
    {EFBIG, "EFBIG"},         {EINTR, "EINTR"},
    {EINVAL, "EINVAL"},       {EIO, "EIO"},
    {EISDIR, "EISDIR"},       {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},       {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENFILE, "ENFILE"},       {ENODEV, "ENODEV"},
    {ENOENT, "ENOENT"},       {ENOLCK, "ENOLCK"},
    {ENOMEM, "ENOMEM"},       {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"},       {ENOTDIR, "ENOTDIR"},
    {ENOTSUP, "ENOTSUP"},     {ENXIO, "ENXIO"},
    {EDQUOT, "EDQUOT"},       {EOVERFLOW, "EOVERFLOW"},
    {EPERM, "EPERM"},         {EROFS, "EROFS"},
    {ETIMEDOUT, "ETIMEDOUT"}, {ETXTBSY, "ETXTBSY"},
};

}  // namespace

SysError ErrorOf(int number, const char* syscall) noexcept {
  for (const Name& name : kNames) {
    if (name.number == number) return {name.code, number, syscall};
  }
  return {"UNKNOWN", number, syscall};
}

SysError LastError(const char* syscall) noexcept { return ErrorOf(errno, syscall); }

}  // namespace named_shm
