#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/identity.h"

namespace named_shm {

struct SegmentInfo {
  std::string name;
  uint64_t size;         // bytes
  uint32_t mode;         // permission bits
  int64_t uid;           // owner, -1 where there are no such numbers
  double modified_time;  // milliseconds since 1970
};

// A mapping of a named shared memory segment. Names are bare: the slash that POSIX wants in front
// is put there by the implementation.
//
// The address range is given back by the destructor only. Release() ends the sharing before that
// where the system can do so in place; whoever still reads the range then sees zeros, and writes
// reach nobody.
class Segment {
 public:
  struct CreateOptions {
    const char* name;
    uint64_t size;
    uint32_t mode;
    bool reserve;  // allocate every page now: a full memory is an error here, not a fault later
    const void* content;    // what it starts with (may be null), seen by whoever attaches from
    size_t content_length;  // the first moment on, or else (where the system can't make a segment
                            // unseen) in its order, eight bytes at a time
  };

  // The segment shows under its name only when it has its whole size, or not at all. `observer`
  // (may be null) hears of it just before that.
  static Result<std::unique_ptr<Segment>> Create(const CreateOptions& options,
                                                 DebutObserver* observer) noexcept;

  // A segment without a size is one that its creator has not finished: waits for it for at most
  // 100 ms, then ERR_SHM_EMPTY. `read_only` asks for no right to write and maps copy-on-write.
  static Result<std::unique_ptr<Segment>> Attach(const char* name, bool read_only) noexcept;

  static Result<void> Unlink(const char* name) noexcept;

  // Whether the name still stands for that object (or, where a system can't tell, for any).
  static bool HasIdentity(const char* name, Identity identity) noexcept;

  static Result<std::vector<SegmentInfo>> List() noexcept;

  virtual ~Segment() = default;
  virtual void* data() const noexcept = 0;
  virtual size_t size() const noexcept = 0;
  virtual Identity identity() const noexcept = 0;
  virtual void Release() noexcept = 0;

  // Whether an access found a page gone, because another program cut the segment short or memory
  // ran out, and was given private zeros.
  virtual bool faulted() const noexcept = 0;
};

// Counts, over the whole process, the accesses that were given zeros: a cheap sign for callers
// that it is time to ask faulted().
const uint32_t* SegmentFaultCount() noexcept;

}  // namespace named_shm
