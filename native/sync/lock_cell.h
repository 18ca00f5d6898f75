#pragma once

#include <cstddef>
#include <cstdint>

#include "core/result.h"
#include "sync/ground.h"
#include "sync/robust_mutex.h"
#include "sync/robust_rw_lock.h"

namespace named_shm {

// What a Mutex's or RwLock's segment holds, in native byte order:
//    0  char[8]   "NSHMLOCK"
//    8  uint32    kind: 1 mutex, 2 reader-writer lock
//   12  uint32    layout: a hash of this layout, which changes when it does
//   16  uint64    key: random, which segment this is (Liveness)
//   24  uint32    how many readers there is room for; 0 in a mutex
//   28  uint32    version, 0 until all else is written
//   32  uint64    the mutex's state, RobustMutex
//   40  uint32    the mutex's wake word
//   44            padding
//   48  uint32    the reader-writer lock's `left` word
//   52            padding
//   64  uint64[]  the readers' words
struct LockCell {
  enum class Kind : uint32_t { kMutex = 1, kRwLock = 2 };

  char magic[8];
  Kind kind;
  uint32_t layout;
  uint64_t key;
  uint32_t reader_count;
  Ground::Word32 version;
  RobustRwLock<Ground>::Words words;

  static size_t SizeFor(uint32_t reader_count) noexcept {
    return sizeof(LockCell) + reader_count * sizeof(Ground::Word64);
  }

  Ground::Word64* readers() noexcept { return reinterpret_cast<Ground::Word64*>(this + 1); }

  void Initialize(Kind kind, uint64_t key, uint32_t reader_count) noexcept;

  // Waits a moment for one that is being made; ERR_SHM_CORRUPT for what is no lock of that kind and
  // layout.
  Result<void> Check(Kind kind, size_t size) noexcept;
};

static_assert(offsetof(LockCell, words) == 32 && sizeof(LockCell) == 64,
              "other programs know this layout");

}  // namespace named_shm
