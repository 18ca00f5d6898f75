// Names go with the last process that has them open, however it ends. There is nothing to remove at
// a process's end, and nothing to write down for the case that it is killed.

#include "platform/lock_file.h"
#include "platform/process_end.h"

namespace named_shm {

namespace {

constexpr SysError kUnsupported = {"ERR_SHM_UNSUPPORTED", 0, "open"};

}  // namespace

Result<std::unique_ptr<LockFile>> LockFile::Create(const char*) noexcept { return kUnsupported; }
Result<std::unique_ptr<LockFile>> LockFile::TakeOver(const char*) noexcept { return kUnsupported; }
Result<void> LockFile::Unlink(const char*) noexcept { return kUnsupported; }

const char* BootId() noexcept { return ""; }

void CallAtProcessEnd(void (*)() noexcept) noexcept {}
void WatchSignals() noexcept {}

}  // namespace named_shm
