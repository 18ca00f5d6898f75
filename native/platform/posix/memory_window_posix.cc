#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <new>

#include "platform/memory_window.h"
#include "platform/posix/duplicate_mapping.h"
#include "platform/posix/errors.h"
#include "platform/posix/fault_guard.h"

namespace named_shm {

namespace {

// Of the process, as its addresses are: several threads can see the same WebAssembly memory.
std::mutex g_mutex;
std::map<uintptr_t, uintptr_t>& Windows() noexcept {  // begin to end
  static auto* windows = new std::map<uintptr_t, uintptr_t>;
  return *windows;
}

bool IsFree(uintptr_t begin, uintptr_t end) noexcept {
  auto after = Windows().lower_bound(end);
  return after == Windows().begin() || std::prev(after)->second <= begin;
}

class PosixMemoryWindow final : public MemoryWindow {
 public:
  PosixMemoryWindow(void* begin, size_t length, FaultGuard* guard) noexcept
      : begin_(begin), length_(length), guard_(guard) {}

  ~PosixMemoryWindow() override {
    std::lock_guard<std::mutex> lock(g_mutex);
    // Where it fails (too many mappings) the pages stay the segment's for as long as the memory.
    mmap(begin_, length_, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    guard_->Unwatch();
    Windows().erase(reinterpret_cast<uintptr_t>(begin_));
  }

  bool faulted() const noexcept override { return guard_->faulted(); }

 private:
  void* const begin_;
  const size_t length_;
  FaultGuard* const guard_;
};

}  // namespace

size_t MemoryWindow::PageSize() noexcept { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

Result<std::unique_ptr<MemoryWindow>> MemoryWindow::Open(void* begin,
                                                         const Segment& segment) noexcept {
  size_t page = PageSize();
  size_t length = (segment.size() + page - 1) / page * page;
  auto address = reinterpret_cast<uintptr_t>(begin);
  std::lock_guard<std::mutex> lock(g_mutex);
  if (!IsFree(address, address + length)) return ErrorOf(EBUSY, "mmap");
  FaultGuard* guard = FaultGuard::Watch(begin, length);
  auto* window = guard ? new (std::nothrow) PosixMemoryWindow(begin, length, guard) : nullptr;
  Result<void> mapped = ErrorOf(ENOMEM, "mmap");
  if (window != nullptr) mapped = DuplicateMapping(segment.data(), length, begin);
  if (!mapped.ok()) {
    if (guard) guard->Unwatch();
    operator delete(window);
    return mapped.error();
  }
  Windows().emplace(address, address + length);
  return std::unique_ptr<MemoryWindow>(window);
}

}  // namespace named_shm
