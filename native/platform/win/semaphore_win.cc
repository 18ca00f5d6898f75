#include <windows.h>
#include <winternl.h>

#include <climits>
#include <new>

#include "platform/semaphore.h"
#include "platform/win/alertable_wait.h"
#include "platform/win/errors.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

// Of ntdll, without a declaration in Microsoft's headers: winternl.h has only a part of it.
extern "C" NTSTATUS NTAPI NtQuerySemaphore(HANDLE semaphore, int information_class,
                                           void* information, ULONG length, ULONG* returned_length);

namespace named_shm {

namespace {

constexpr DWORD kQueryState = 0x0001;  // SEMAPHORE_QUERY_STATE

class WinSemaphore final : public Semaphore {
 public:
  explicit WinSemaphore(UniqueHandle handle) noexcept : handle_(std::move(handle)) {}

  Result<bool> TryWait() noexcept override { return Taken(WaitForSingleObject(handle_.get(), 0)); }

  Result<bool> Wait(double timeout_ms, const StopFlag& stop) noexcept override {
    return Taken(AlertableWait(handle_.get(), timeout_ms, [&] { return stop.raised(); }));
  }

  Result<bool> Post(uint32_t max_value) noexcept override {
    // As in CPython: a check, then a post. Two programs that both give back too much at the same
    // moment are not caught.
    if (max_value < LONG_MAX) {
      Result<uint32_t> value = Value();
      if (!value.ok()) return value.error();
      if (value.value() >= max_value) return false;
    }
    if (ReleaseSemaphore(handle_.get(), 1, nullptr)) return true;
    if (GetLastError() == ERROR_TOO_MANY_POSTS) return false;
    return LastError("ReleaseSemaphore");
  }

  Result<uint32_t> Value() noexcept override {
    struct {
      ULONG current;
      ULONG maximum;
    } basic;
    NTSTATUS status = NtQuerySemaphore(handle_.get(), 0, &basic, sizeof(basic), nullptr);
    if (status < 0) return ErrorOf(RtlNtStatusToDosError(status), "NtQuerySemaphore");
    return static_cast<uint32_t>(basic.current);
  }

 private:
  static Result<bool> Taken(DWORD waited) noexcept {
    if (waited == WAIT_FAILED) return LastError("WaitForSingleObject");
    return waited == WAIT_OBJECT_0;
  }

  const UniqueHandle handle_;
};

Result<std::unique_ptr<Semaphore>> Wrap(UniqueHandle handle) noexcept {
  auto* semaphore = new (std::nothrow) WinSemaphore(std::move(handle));
  if (semaphore == nullptr) return ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateSemaphore");
  return std::unique_ptr<Semaphore>(semaphore);
}

}  // namespace

Result<std::unique_ptr<Semaphore>> Semaphore::Create(const char* name, uint32_t value, uint32_t,
                                                     DebutObserver*) noexcept {
  if (value > LONG_MAX) return ErrorOf(ERROR_INVALID_PARAMETER, "CreateSemaphore");
  UniqueHandle handle(CreateSemaphoreW(nullptr, static_cast<LONG>(value), LONG_MAX,
                                       ObjectName::OfSemaphore(name).c_str()));
  DWORD error = GetLastError();
  if (!handle.valid() && error == ERROR_INVALID_HANDLE) error = ERROR_ALREADY_EXISTS;
  if (!handle.valid() || error == ERROR_ALREADY_EXISTS) return ErrorOf(error, "CreateSemaphore");
  return Wrap(std::move(handle));
}

Result<std::unique_ptr<Semaphore>> Semaphore::Attach(const char* name) noexcept {
  DWORD rights = SYNCHRONIZE | SEMAPHORE_MODIFY_STATE | kQueryState;
  UniqueHandle handle(OpenSemaphoreW(rights, FALSE, ObjectName::OfSemaphore(name).c_str()));
  if (!handle.valid()) return LastError("OpenSemaphore");
  return Wrap(std::move(handle));
}

// The name goes with the last handle, as a segment's does.
Result<void> Semaphore::Unlink(const char*) noexcept { return {}; }
bool Semaphore::HasIdentity(const char*, Identity) noexcept { return false; }

}  // namespace named_shm
