#include <sys/mman.h>

#include "platform/posix/duplicate_mapping.h"
#include "platform/posix/errors.h"

namespace named_shm {

Result<void> DuplicateMapping(void* from, size_t length, void* to) noexcept {
  // An old size of 0 leaves the old mapping where it is (mremap(2)).
  void* mapped = mremap(from, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  if (mapped == MAP_FAILED) return LastError("mremap");
  return {};
}

}  // namespace named_shm
