#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/stop_flag.h"
#include "platform/identity.h"

namespace named_shm {

// A named counting semaphore, the one that CPython's multiprocessing uses on the same system.
// Names are bare, as for segments.
class Semaphore {
 public:
  static Result<std::unique_ptr<Semaphore>> Create(const char* name, uint32_t value, uint32_t mode,
                                                   DebutObserver* observer) noexcept;
  static Result<std::unique_ptr<Semaphore>> Attach(const char* name) noexcept;
  static Result<void> Unlink(const char* name) noexcept;
  static bool HasIdentity(const char* name, Identity identity) noexcept;

  virtual ~Semaphore() = default;

  // Takes a token if there is one now.
  virtual Result<bool> TryWait() noexcept = 0;

  // Waits for a token for at most `timeout_ms` milliseconds (negative: for ever); false when they
  // have passed, or when `stop` is raised and the thread nudged (WaitingThread).
  virtual Result<bool> Wait(double timeout_ms, const StopFlag& stop) noexcept = 0;

  // Gives a token back; false, and nothing given, where the value already is `max_value`.
  virtual Result<bool> Post(uint32_t max_value) noexcept = 0;

  virtual Result<uint32_t> Value() noexcept = 0;
};

}  // namespace named_shm
