#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "platform/segment.h"

namespace named_shm {

// A file, and its bytes in memory: shared with whoever else maps or reads it.
//
// What JavaScript has views of is a Segment, with the same lifetime: its address range is given
// back by its destructor only. A FileMapping makes one when it is opened and one with each Resize;
// the earlier ones go on for as long as somebody holds them.
class FileMapping {
 public:
  struct OpenOptions {
    const char* path;  // UTF-8
    bool read_only;    // asks for no right to write, maps copy-on-write
    bool create;       // where it does not exist; and makes a shorter one `size` bytes long
    bool reserve;      // what it grows by: allocate it now, so that a full disk is an error here
    uint64_t size;     // for `create`
    uint32_t mode;     // for a file that is made
  };

  // Of a file that could not be given its size nothing is left, if this call made it. Without
  // `create` an empty file is one that its creator has not finished: waits for it as
  // Segment::Attach does, then ERR_SHM_EMPTY.
  static Result<std::unique_ptr<FileMapping>> Open(const OpenOptions& options) noexcept;

  virtual ~FileMapping() = default;

  // Whether Open made the file.
  virtual bool created() const noexcept = 0;

  // The whole file, as long as it was at Open or the last Resize. Null where that has failed so
  // that nothing is mapped any more.
  virtual std::shared_ptr<Segment> bytes() const noexcept = 0;

  // Makes the file `size` bytes long and bytes() a new mapping of it, also where it fails half-way.
  // Earlier mappings stay mappings of the file; beyond a new, nearer end they read zeros and write
  // to nobody; a system that can't do that refuses to make it shorter.
  virtual Result<void> Resize(uint64_t size, bool reserve) noexcept = 0;

  // Returns when the disk has all that was written so far. From any thread, also while the owner
  // resizes or releases.
  virtual Result<void> Flush() noexcept = 0;

  // Segment::Release for bytes() and all earlier mappings.
  virtual void Release() noexcept = 0;

  // Segment::faulted of any of them.
  virtual bool faulted() const noexcept = 0;
};

}  // namespace named_shm
