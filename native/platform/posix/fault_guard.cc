#include "platform/posix/fault_guard.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <new>

#include "platform/segment.h"

namespace named_shm {

namespace {

constexpr size_t kBlockSize = 256;

std::mutex g_mutex;
struct sigaction g_previous;
uintptr_t g_page_size = 0;
std::atomic<uint32_t> g_fault_count{0};

}  // namespace

// Blocks of guards, added and never freed, so that the handler can walk them at any moment.
struct FaultTable {
  FaultGuard guards[kBlockSize];
  FaultTable* next = nullptr;

  static std::atomic<FaultTable*> first;
  static FaultGuard* free_list;

  static bool Grow() noexcept {
    auto* block = new (std::nothrow) FaultTable;
    if (block == nullptr) return false;
    for (FaultGuard& guard : block->guards) {
      guard.next_free_ = free_list;
      free_list = &guard;
    }
    block->next = first.load(std::memory_order_relaxed);
    first.store(block, std::memory_order_release);
    return true;
  }

  // Calls `visit` with each guard whose range has the address: more than one where the system gave
  // the same mapping twice, as it does for a semaphore.
  template <typename Visit>
  static void ForEachAt(uintptr_t address, Visit visit) noexcept {
    for (FaultTable* block = first.load(std::memory_order_acquire); block; block = block->next) {
      for (FaultGuard& guard : block->guards) {
        uintptr_t begin = guard.begin_.load(std::memory_order_acquire);
        if (begin != 0 && begin <= address && address < guard.end_.load(std::memory_order_relaxed))
          visit(guard);
      }
    }
  }

  // Only async-signal-safe things from here on: mmap is a plain system call on Linux and macOS.
  static bool MendPage(void* fault_address) noexcept {
    auto address = reinterpret_cast<uintptr_t>(fault_address);
    bool ours = false;
    ForEachAt(address, [&](FaultGuard&) { ours = true; });
    if (!ours) return false;
    auto* page = reinterpret_cast<void*>(address & ~(g_page_size - 1));
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    if (mmap(page, g_page_size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return false;
    ForEachAt(address,
              [](FaultGuard& guard) { guard.faulted_.store(true, std::memory_order_release); });
    g_fault_count.fetch_add(1, std::memory_order_release);
    return true;
  }

  static void OnFault(int signal, siginfo_t* info, void* context) noexcept {
    int saved_errno = errno;
    bool mended = MendPage(info->si_addr);
    errno = saved_errno;
    if (mended) return;
    if (g_previous.sa_flags & SA_SIGINFO) {
      g_previous.sa_sigaction(signal, info, context);
    } else if (g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN) {
      g_previous.sa_handler(signal);
    } else {
      // Not ours: with the default action back, the access faults again and ends the process as
      // it would have without us.
      sigaction(signal, &g_previous, nullptr);
    }
  }

  static void Install() noexcept {
    g_page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    // A Worker's end may unload the addon that it loaded; the handler's code has to stay.
    Dl_info self;
    if (dladdr(reinterpret_cast<void*>(&FaultTable::OnFault), &self) != 0)
      dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
    struct sigaction action = {};
    action.sa_sigaction = &FaultTable::OnFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, nullptr, &g_previous);  // known before the handler can run
    sigaction(SIGBUS, &action, nullptr);
  }
};

std::atomic<FaultTable*> FaultTable::first{nullptr};
FaultGuard* FaultTable::free_list = nullptr;

FaultGuard* FaultGuard::Watch(const void* begin, size_t length) noexcept {
  std::lock_guard<std::mutex> lock(g_mutex);
  if (FaultTable::first.load(std::memory_order_relaxed) == nullptr) FaultTable::Install();
  if (FaultTable::free_list == nullptr && !FaultTable::Grow()) return nullptr;
  FaultGuard* guard = FaultTable::free_list;
  FaultTable::free_list = guard->next_free_;
  auto address = reinterpret_cast<uintptr_t>(begin);
  guard->faulted_.store(false, std::memory_order_relaxed);
  guard->end_.store(address + length, std::memory_order_relaxed);
  guard->begin_.store(address, std::memory_order_release);
  return guard;
}

void FaultGuard::Unwatch() noexcept {
  std::lock_guard<std::mutex> lock(g_mutex);
  begin_.store(0, std::memory_order_release);
  next_free_ = FaultTable::free_list;
  FaultTable::free_list = this;
}

const uint32_t* SegmentFaultCount() noexcept {
  static_assert(sizeof(g_fault_count) == sizeof(uint32_t), "JavaScript reads it as a plain word");
  return reinterpret_cast<const uint32_t*>(&g_fault_count);
}

}  // namespace named_shm
