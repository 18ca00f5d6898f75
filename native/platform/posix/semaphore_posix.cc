#include <limits.h>

#include <cerrno>
#include <cmath>
#include <new>

#include "platform/parking.h"
#include "platform/posix/errors.h"
#include "platform/posix/posix_name.h"
#include "platform/posix/posix_semaphore.h"
#include "platform/posix/retry.h"

namespace named_shm {

namespace {

// So that a wait without end notices a semaphore that was cut short under it.
constexpr double kLongestSliceMs = 1000;

}  // namespace

Result<std::unique_ptr<Semaphore>> PosixSemaphore::Adopt(sem_t* handle,
                                                         CloseHandle close) noexcept {
  FaultGuard* guard = FaultGuard::Watch(handle, MappedBytes());
  auto* semaphore = guard ? new (std::nothrow) PosixSemaphore(handle, close, guard) : nullptr;
  if (semaphore == nullptr) {
    if (guard) guard->Unwatch();
    close(handle);
    return ErrorOf(ENOMEM, "sem_open");
  }
  return std::unique_ptr<Semaphore>(semaphore);
}

PosixSemaphore::~PosixSemaphore() {
  guard_->Unwatch();
  close_(handle_);
}

Result<std::unique_ptr<Semaphore>> Semaphore::Attach(const char* name) noexcept {
  Result<void> checked = CheckSemaphoreFile(name);
  if (!checked.ok()) return checked.error();
  sem_t* handle;
  do {
    handle = sem_open(PosixName(name).c_str(), 0);
  } while (handle == SEM_FAILED && errno == EINTR);
  if (handle == SEM_FAILED) return LastError("sem_open");
  return PosixSemaphore::Adopt(handle);
}

Result<void> Semaphore::Unlink(const char* name) noexcept {
  if (sem_unlink(PosixName(name).c_str()) == -1) return LastError("sem_unlink");
  return {};
}

Result<bool> PosixSemaphore::TryWait() noexcept {
  if (Retry([&] { return sem_trywait(handle_); }) == 0) return UnlessFaulted<bool>(true);
  if (errno == EAGAIN) return UnlessFaulted<bool>(false);
  return LastError("sem_trywait");
}

Result<bool> PosixSemaphore::Wait(double timeout_ms, const StopFlag& stop) noexcept {
  double deadline = timeout_ms < 0 ? HUGE_VAL : MonotonicMs() + timeout_ms;
  for (double left = timeout_ms < 0 ? HUGE_VAL : timeout_ms;; left = deadline - MonotonicMs()) {
    Result<bool> taken = UnlessFaulted(WaitAtMost(std::fmax(0, std::fmin(left, kLongestSliceMs))));
    if (!taken.ok() || taken.value() || left <= 0 || stop.raised()) return taken;
  }
}

Result<bool> PosixSemaphore::Post(uint32_t max_value) noexcept {
  // As in CPython: a check, then a post. Two programs that both give back too much at the same
  // moment are not caught.
  if (max_value < SEM_VALUE_MAX) {
    Result<uint32_t> value = Value();
    if (!value.ok()) return value.error();
    if (value.value() >= max_value) return false;
  }
  if (sem_post(handle_) == 0) return UnlessFaulted<bool>(true);
  if (errno == EOVERFLOW) return false;
  return LastError("sem_post");
}

}  // namespace named_shm
