#pragma once

#include <atomic>

namespace named_shm {

// Asks a wait in another thread to end. The waiting side looks at it; whoever raises it also has
// to wake that side, in the way that fits what it waits for.
class StopFlag {
 public:
  virtual ~StopFlag() = default;
  void Raise() noexcept { raised_.store(true, std::memory_order_seq_cst); }
  virtual bool raised() const noexcept { return raised_.load(std::memory_order_seq_cst); }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace named_shm
