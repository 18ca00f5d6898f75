#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/linux/shared_memory_folder.h"
#include "platform/posix/errors.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/posix_semaphore.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

int Unmap(sem_t* handle) noexcept { return munmap(handle, sizeof(sem_t)); }

// What sem_open does with a new file, in glibc and musl: a process-shared sem_t and nothing else.
Result<std::unique_ptr<Semaphore>> MakeSemaphore(const UniqueFd& fd, uint32_t value) noexcept {
  int error = RetryReturned([&] { return posix_fallocate(fd.get(), 0, sizeof(sem_t)); });
  if (error != 0) return ErrorOf(error, "posix_fallocate");
  void* memory = mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return LastError("mmap");
  auto* handle = static_cast<sem_t*>(memory);
  if (sem_init(handle, 1, value) == -1) {
    int number = errno;
    Unmap(handle);
    return ErrorOf(number, "sem_open");
  }
  return PosixSemaphore::Adopt(handle, Unmap);
}

Result<std::unique_ptr<Semaphore>> CreateInSight(const char* name, uint32_t value, uint32_t mode,
                                                 DebutObserver* observer) noexcept {
  sem_t* handle = sem_open(PosixName(name).c_str(), O_CREAT | O_EXCL, mode, value);
  if (handle == SEM_FAILED) return LastError("sem_open");
  UniqueFd fd(open(PosixName(name, kSemaphorePrefix).c_str(), O_PATH | O_CLOEXEC));
  if (observer) observer->OnDebut(IdentityOf(fd));
  return PosixSemaphore::Adopt(handle);
}

}  // namespace

Result<std::unique_ptr<Semaphore>> Semaphore::Create(const char* name, uint32_t value,
                                                     uint32_t mode,
                                                     DebutObserver* observer) noexcept {
  PosixName path(name, kSemaphorePrefix);
  Result<std::unique_ptr<Semaphore>> semaphore =
      PublishWhole(path.c_str(), mode, observer,
                   [&](const UniqueFd& unnamed) { return MakeSemaphore(unnamed, value); });
  if (semaphore.ok()) return semaphore;
  SysError error = semaphore.error();
  if (error.number == ENOTSUP) return CreateInSight(name, value, mode, observer);
  return SysError{error.code, error.number, "sem_open"};
}

size_t PosixSemaphore::MappedBytes() noexcept { return sizeof(sem_t); }

bool Semaphore::HasIdentity(const char* name, Identity identity) noexcept {
  return FileHasIdentity(PosixName(name, kSemaphorePrefix).c_str(), identity);
}

Result<void> CheckSemaphoreFile(const char* name) noexcept {
  // What can't be opened is for sem_open to report. O_NONBLOCK: it may be somebody's FIFO.
  UniqueFd fd(Retry([&] {
    return open(PosixName(name, kSemaphorePrefix).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  }));
  if (!fd.valid()) return {};
  struct stat status;
  sem_t found;
  if (fstat(fd.get(), &status) == -1 || !S_ISREG(status.st_mode) ||
      Retry([&] { return pread(fd.get(), &found, sizeof(found), 0); }) != sizeof(found)) {
    return ErrorOf(EINVAL, "sem_open");
  }
  // On 64-bit systems this word says how to call futex(2), in glibc and in musl: with another one
  // than sem_init's glibc aborts at the first wait.
  sem_t fresh;
  sem_init(&fresh, 1, 0);
  constexpr size_t kHowToWait = 8;
  if (sizeof(void*) == 8 &&
      memcmp(reinterpret_cast<char*>(&found) + kHowToWait,
             reinterpret_cast<char*>(&fresh) + kHowToWait, sizeof(int)) != 0) {
    return ErrorOf(EINVAL, "sem_open");
  }
  return {};
}

Result<uint32_t> PosixSemaphore::Value() noexcept {
  int value;
  if (sem_getvalue(handle_, &value) == -1) return LastError("sem_getvalue");
  return UnlessFaulted<uint32_t>(static_cast<uint32_t>(value < 0 ? 0 : value));
}

}  // namespace named_shm
