#include <sys/mman.h>

#include "platform/posix/copy_on_write.h"
#include "platform/posix/errors.h"

namespace named_shm {

Result<void*> MapCopyOnWrite(const UniqueFd& fd, size_t length) noexcept {
  // Such a mapping is charged to memory in full when it is made; MAP_NORESERVE leaves that to the
  // pages that are written.
  int flags = MAP_PRIVATE | MAP_NORESERVE;
  void* data = mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, fd.get(), 0);
  if (data == MAP_FAILED) return LastError("mmap");
  return data;
}

}  // namespace named_shm
