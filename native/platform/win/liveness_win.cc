// A named event that nobody waits for: it is there for as long as its maker has it open.

#include <windows.h>

#include <new>
#include <string>

#include "platform/liveness.h"
#include "platform/win/errors.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

namespace {

class WinLiveness final : public Liveness {
 public:
  WinLiveness(UniqueHandle own, const Place& place) noexcept
      : own_(std::move(own)), segment_(place.name), key_(place.key) {}

  bool IsAlive(uint64_t token) const noexcept override {
    ObjectName name = ObjectName::Beside(segment_.c_str(), "life", key_, token);
    UniqueHandle found(OpenEventW(SYNCHRONIZE, FALSE, name.c_str()));
    return found.valid() || GetLastError() != ERROR_FILE_NOT_FOUND;
  }

 private:
  const UniqueHandle own_;
  const std::string segment_;
  const uint64_t key_;
};

}  // namespace

Result<std::unique_ptr<Liveness>> Liveness::Claim(const Place& place, uint64_t token) noexcept {
  ObjectName name = ObjectName::Beside(place.name, "life", place.key, token);
  UniqueHandle own(CreateEventW(nullptr, TRUE, FALSE, name.c_str()));
  DWORD error = GetLastError();
  if (!own.valid() || error == ERROR_ALREADY_EXISTS) return ErrorOf(error, "CreateEvent");
  auto* liveness = new (std::nothrow) WinLiveness(std::move(own), place);
  if (liveness == nullptr) return ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateEvent");
  return std::unique_ptr<Liveness>(liveness);
}

}  // namespace named_shm
