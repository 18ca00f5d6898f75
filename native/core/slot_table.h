#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>

namespace named_shm {

// Slots that a signal handler can walk at any moment: they are added in blocks and never freed. A
// slot says itself, by an atomic member, whether what stands in it counts.
//
// For what belongs to the process, as signals do; everything else belongs to one environment.
template <typename Slot, size_t kBlockSize>
class SlotTable {
 public:
  // A slot that nobody uses; null where memory ran out.
  Slot* Take() noexcept {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_ == nullptr && !Grow()) return nullptr;
    Entry* entry = free_;
    free_ = entry->next_free;
    return &entry->slot;
  }

  void GiveBack(Slot* slot) noexcept {
    static_assert(offsetof(Entry, slot) == 0, "a slot is where its entry is");
    std::lock_guard<std::mutex> lock(mutex_);
    auto* entry = reinterpret_cast<Entry*>(slot);
    entry->next_free = free_;
    free_ = entry;
  }

  // Async-signal-safe.
  template <typename Visit>
  void ForEach(Visit visit) noexcept {
    for (Block* block = first_.load(std::memory_order_acquire); block; block = block->next)
      for (Entry& entry : block->entries) visit(entry.slot);
  }

 private:
  struct Entry {
    Slot slot;
    Entry* next_free = nullptr;
  };
  struct Block {
    Entry entries[kBlockSize];
    Block* next = nullptr;
  };

  bool Grow() noexcept {
    auto* block = new (std::nothrow) Block;
    if (block == nullptr) return false;
    for (Entry& entry : block->entries) {
      entry.next_free = free_;
      free_ = &entry;
    }
    block->next = first_.load(std::memory_order_relaxed);
    first_.store(block, std::memory_order_release);
    return true;
  }

  std::mutex mutex_;
  std::atomic<Block*> first_{nullptr};
  Entry* free_ = nullptr;
};

}  // namespace named_shm
