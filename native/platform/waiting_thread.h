#pragma once

#include <functional>
#include <memory>

#include "core/result.h"

namespace named_shm {

// A thread with a small stack, for waits that block.
class WaitingThread {
 public:
  static Result<std::unique_ptr<WaitingThread>> Start(std::function<void()> body) noexcept;

  virtual ~WaitingThread() = default;

  // Makes a semaphore wait in the thread return early, to look at its StopFlag. One that is just
  // about to begin may not notice: nudge until it has ended.
  virtual void Nudge() noexcept = 0;

  // Once, and before the object goes.
  virtual void Join() noexcept = 0;
};

}  // namespace named_shm
