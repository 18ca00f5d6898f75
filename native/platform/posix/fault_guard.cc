#include "platform/posix/fault_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "core/slot_table.h"
#include "platform/posix/pin.h"
#include "platform/segment.h"

namespace named_shm {

namespace {

// A process may have only so many mappings (Linux: 65530), and Node aborts when it gets no more:
// the rest is left to it.
constexpr size_t kMostGuards = 48 * 1024;

// A zero page between good ones costs two more mappings. There are at most so many such places, in
// all guards together; then a whole range is given zeros.
constexpr uint32_t kMostZeroRuns = 4096;

std::mutex g_mutex;  // for the two that follow
size_t g_guards = 0;
uintptr_t g_page_size = 0;
struct sigaction g_previous;
std::atomic<uint32_t> g_fault_count{0};
std::atomic<uint32_t> g_zero_runs{0};

}  // namespace

struct FaultTable {
  static SlotTable<FaultGuard, 256>& Guards() noexcept {
    static auto* guards = new SlotTable<FaultGuard, 256>;  // for as long as the process
    return *guards;
  }

  // Calls `visit` with each guard whose range has the address: more than one where the system gave
  // the same mapping twice, as it does for a semaphore.
  template <typename Visit>
  static void ForEachAt(uintptr_t address, Visit visit) noexcept {
    Guards().ForEach([&](FaultGuard& guard) {
      uintptr_t begin = guard.begin_.load(std::memory_order_acquire);
      if (begin != 0 && begin <= address && address < guard.end_.load(std::memory_order_relaxed))
        visit(guard);
    });
  }

  // Only async-signal-safe things from here on: mmap is a plain system call on Linux and macOS.
  static bool PutZeros(uintptr_t address, size_t length) noexcept {
    uintptr_t into_page = address & (g_page_size - 1);
    auto* pages = reinterpret_cast<void*>(address - into_page);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    return mmap(pages, into_page + length, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
  }

  static bool IsOneRunTooMany(FaultGuard& guard, uintptr_t page) noexcept {
    uintptr_t last = guard.last_zero_page_.exchange(page, std::memory_order_relaxed);
    if (page == last + g_page_size || page + g_page_size == last) return false;
    guard.zero_runs_.fetch_add(1, std::memory_order_relaxed);
    return g_zero_runs.fetch_add(1, std::memory_order_relaxed) >= kMostZeroRuns;
  }

  static void ForgetZeroRuns(FaultGuard& guard) noexcept {
    g_zero_runs.fetch_sub(guard.zero_runs_.exchange(0, std::memory_order_relaxed),
                          std::memory_order_relaxed);
  }

  static bool Mend(void* fault_address) noexcept {
    auto address = reinterpret_cast<uintptr_t>(fault_address);
    FaultGuard* found = nullptr;
    ForEachAt(address, [&](FaultGuard& guard) { found = &guard; });
    if (found == nullptr) return false;
    uintptr_t page = address & ~(g_page_size - 1);
    if (IsOneRunTooMany(*found, page) || !PutZeros(page, g_page_size)) {
      uintptr_t begin = found->begin_.load(std::memory_order_relaxed);
      uintptr_t end = found->end_.load(std::memory_order_relaxed);
      if (begin == 0 || !PutZeros(begin, end - begin)) return false;
      ForgetZeroRuns(*found);
    }
    ForEachAt(address,
              [](FaultGuard& guard) { guard.faulted_.store(true, std::memory_order_release); });
    g_fault_count.fetch_add(1, std::memory_order_release);
    return true;
  }

  // Sent by a program with kill(2): nothing faulted, and `si_addr` means nothing.
  static bool WasSent(const siginfo_t& info) noexcept {
    return info.si_code <= 0 || info.si_code == SI_USER || info.si_code == SI_QUEUE;
  }

  static void OnFault(int signal, siginfo_t* info, void* context) noexcept {
    bool sent = WasSent(*info);
    int saved_errno = errno;
    bool mended = !sent && Mend(info->si_addr);
    errno = saved_errno;
    if (mended) return;
    if (g_previous.sa_flags & SA_SIGINFO) {
      g_previous.sa_sigaction(signal, info, context);
    } else if (g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN) {
      g_previous.sa_handler(signal);
    } else if (!sent || g_previous.sa_handler == SIG_DFL) {
      // Not ours: with the default action back, the access faults again and ends the process as
      // it would have without us. What was sent would not come again by itself.
      sigaction(signal, &g_previous, nullptr);
      if (sent) raise(signal);
    }
  }

  static void Install() noexcept {
    g_page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    PinAddon();
    struct sigaction action = {};
    action.sa_sigaction = &FaultTable::OnFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, nullptr, &g_previous);  // known before the handler can run
    sigaction(SIGBUS, &action, nullptr);
  }
};

FaultGuard* FaultGuard::Watch(const void* begin, size_t length) noexcept {
  {
    std::lock_guard<std::mutex> lock(g_mutex);
    if (g_guards == kMostGuards) return nullptr;
    if (g_page_size == 0) FaultTable::Install();
    ++g_guards;
  }
  FaultGuard* guard = FaultTable::Guards().Take();
  if (guard == nullptr) return nullptr;
  auto address = reinterpret_cast<uintptr_t>(begin);
  guard->faulted_.store(false, std::memory_order_relaxed);
  guard->last_zero_page_.store(0, std::memory_order_relaxed);
  guard->end_.store(address + length, std::memory_order_relaxed);
  guard->begin_.store(address, std::memory_order_release);
  return guard;
}

void FaultGuard::Unwatch() noexcept {
  begin_.store(0, std::memory_order_release);
  FaultTable::ForgetZeroRuns(*this);
  FaultTable::Guards().GiveBack(this);
  std::lock_guard<std::mutex> lock(g_mutex);
  --g_guards;
}

const uint32_t* SegmentFaultCount() noexcept {
  static_assert(sizeof(g_fault_count) == sizeof(uint32_t), "JavaScript reads it as a plain word");
  return reinterpret_cast<const uint32_t*>(&g_fault_count);
}

}  // namespace named_shm
