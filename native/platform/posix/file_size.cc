#include "platform/posix/file_size.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "platform/posix/errors.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

constexpr long kNanosPerMilli = 1000000;
constexpr long kSizeWaitNanos = 100 * kNanosPerMilli;

// macOS tells no type of a segment.
bool CanBeMapped(const struct stat& status) noexcept {
  return S_ISREG(status.st_mode) || (status.st_mode & S_IFMT) == 0;
}

// Of a reservation that fails nothing remains once the file is closed or cut again.
Result<void> Reserve(const UniqueFd& fd, off_t from, off_t length) noexcept {
#ifdef F_PREALLOCATE
  fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, length, 0};
  if (Retry([&] { return fcntl(fd.get(), F_PREALLOCATE, &store); }) == -1)
    return LastError("fcntl");
  if (Retry([&] { return ftruncate(fd.get(), from + length); }) == -1)
    return LastError("ftruncate");
#else
  int error = RetryReturned([&] { return posix_fallocate(fd.get(), from, length); });
  if (error != 0) return ErrorOf(error, "posix_fallocate");
#endif
  return {};
}

}  // namespace

Result<void> GrowFile(const UniqueFd& fd, uint64_t from, uint64_t to, bool reserve) noexcept {
  if (to > INT64_MAX) return ErrorOf(EFBIG, "ftruncate");
  auto end = static_cast<off_t>(to);
  auto begin = static_cast<off_t>(from);
  if (reserve) return Reserve(fd, begin, end - begin);
  if (Retry([&] { return ftruncate(fd.get(), end); }) == -1) return LastError("ftruncate");
  return {};
}

Result<struct stat> StatusOf(const UniqueFd& fd, const char* syscall) noexcept {
  struct stat status;
  if (fstat(fd.get(), &status) == -1) return LastError("fstat");
  if (!CanBeMapped(status)) return ErrorOf(EINVAL, syscall);
  return status;
}

Result<struct stat> StatusOnceSized(const UniqueFd& fd, const char* syscall) noexcept {
  long pause = 20000;
  for (long waited = 0;; waited += pause, pause = pause < kNanosPerMilli ? pause * 2 : pause) {
    Result<struct stat> status = StatusOf(fd, syscall);
    if (!status.ok() || status.value().st_size > 0 || waited >= kSizeWaitNanos) return status;
    struct timespec time = {0, pause};
    nanosleep(&time, nullptr);
  }
}

}  // namespace named_shm
