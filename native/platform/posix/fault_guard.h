#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace named_shm {

// Keeps a process alive that touches a page of a mapping that is no longer there, because another
// program cut the file short or the file system is full. One SIGBUS handler for the process
// gives such an access a private page of zeros and marks the range; faults elsewhere go to
// whoever handled the signal before.
//
// The handler and its table belong to the process, not to one Node environment: a signal does.
class FaultGuard {
 public:
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

  // Watches the range until Unwatch; null where there are too many, or no memory for the table.
  static FaultGuard* Watch(const void* begin, size_t length) noexcept;
  void Unwatch() noexcept;

  bool faulted() const noexcept { return faulted_.load(std::memory_order_acquire); }

 private:
  friend struct FaultTable;
  template <typename Slot, size_t kBlockSize>
  friend class SlotTable;
  FaultGuard() = default;

  // Read by the signal handler at any moment: `begin_` is stored last and cleared first, so that a
  // range is seen whole or not at all.
  std::atomic<uintptr_t> begin_{0};
  std::atomic<uintptr_t> end_{0};
  std::atomic<bool> faulted_{false};
  std::atomic<uintptr_t> last_zero_page_{0};
  std::atomic<uint32_t> zero_runs_{0};  // how often that was not next to the one before it
};

}  // namespace named_shm
