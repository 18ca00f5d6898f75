#pragma once

#include <atomic>
#include <thread>

#include "tracking/journal.h"

namespace named_shm {

// A name that goes when the process ends by exit() or by a signal: on the main thread Node runs no
// environment's end then. Known to the whole process, Workers' names too, and in a form that a
// signal handler can read.
class Doomed {
 public:
  // Null where memory ran out, or the name is too long. Called before the name shows, to be
  // followed by Settle or Remove: the end of the process waits for it, in another thread, so that
  // no name shows after its turn to be unlinked. Does not return once that end has begun.
  static Doomed* Add(Kind kind, const std::string& name, Identity identity) noexcept;
  static void Settle(Doomed* doomed) noexcept;
  static void Remove(Doomed* doomed) noexcept;

 private:
  template <typename Slot, size_t kBlockSize>
  friend class SlotTable;
  static void UnlinkAll() noexcept;

  bool IsMadeByAnotherThread() const noexcept;

  std::atomic<bool> counts_{false};                        // set last, cleared first
  std::atomic<std::thread::id> maker_{std::thread::id()};  // until the name shows
  Kind kind_ = Kind::kFree;
  Identity identity_ = {0, 0};
  char name_[512] = {};
};

}  // namespace named_shm
