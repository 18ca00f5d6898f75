// macOS can't read a semaphore's value (sem_getvalue(2) is a stub).

#include <fcntl.h>

#include <cerrno>

#include "platform/posix/errors.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/posix_semaphore.h"

namespace named_shm {

Result<std::unique_ptr<Semaphore>> Semaphore::Create(const char* name, uint32_t value,
                                                     uint32_t mode,
                                                     DebutObserver* observer) noexcept {
  sem_t* handle = sem_open(PosixName(name).c_str(), O_CREAT | O_EXCL, mode, value);
  if (handle == SEM_FAILED) return LastError("sem_open");
  if (observer) observer->OnDebut({0, 0});
  return PosixSemaphore::Adopt(handle);
}

// A handle is a number of the system's.
size_t PosixSemaphore::MappedBytes() noexcept { return 0; }

bool Semaphore::HasIdentity(const char*, Identity) noexcept { return true; }

// There are no files to check.
Result<void> CheckSemaphoreFile(const char*) noexcept { return {}; }

// Only tells 0 from more: enough for "may this be released once more?" where the maximum is 1.
Result<uint32_t> PosixSemaphore::Value() noexcept {
  Result<bool> taken = TryWait();
  if (!taken.ok()) return taken.error();
  if (!taken.value()) return 0u;
  if (sem_post(handle_) == -1) return LastError("sem_post");
  return 1u;
}

}  // namespace named_shm
