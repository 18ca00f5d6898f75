#pragma once

#include <semaphore.h>

#include "platform/posix/fault_guard.h"
#include "platform/semaphore.h"

namespace named_shm {

// A semaphore of the system. What differs between systems (making one, checking one, waiting with
// a timeout, reading the value) is in the files of the systems.
//
// On Linux it is a word in a mapped file, which another program can cut short like any other: the
// guard turns that into ERR_SHM_TRUNCATED at the next call.
class PosixSemaphore final : public Semaphore {
 public:
  // How a handle is let go of: sem_close where sem_open gave it.
  using CloseHandle = int (*)(sem_t*);

  static Result<std::unique_ptr<Semaphore>> Adopt(sem_t* handle,
                                                  CloseHandle close = sem_close) noexcept;
  ~PosixSemaphore() override;

  Result<bool> TryWait() noexcept override;
  Result<bool> Wait(double timeout_ms, const StopFlag& stop) noexcept override;
  Result<bool> Post(uint32_t max_value) noexcept override;
  Result<uint32_t> Value() noexcept override;

 private:
  PosixSemaphore(sem_t* handle, CloseHandle close, FaultGuard* guard) noexcept
      : handle_(handle), close_(close), guard_(guard) {}

  // How much memory of another program's making a handle points to.
  static size_t MappedBytes() noexcept;
  // One wait; false also where a signal cut it short.
  Result<bool> WaitAtMost(double timeout_ms) noexcept;
  template <typename T>
  Result<T> UnlessFaulted(Result<T> result) noexcept {
    if (guard_->faulted()) return SysError{"ERR_SHM_TRUNCATED", 0, "sem_wait"};
    return result;
  }

  sem_t* const handle_;
  const CloseHandle close_;
  FaultGuard* const guard_;
};

// The error of a file under this name that is no semaphore: sem_open would accept it, and the
// first use would fault.
Result<void> CheckSemaphoreFile(const char* name) noexcept;

}  // namespace named_shm
