#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <sys/mman.h>

#include <cerrno>

#include "platform/posix/copy_on_write.h"
#include "platform/posix/errors.h"

namespace named_shm {

Result<void*> MapCopyOnWrite(const UniqueFd& fd, size_t length) noexcept {
  // MAP_PRIVATE is refused for a shared memory object, and of a file it shows the state of that
  // moment. A shared mapping whose pages are copied when written is what debuggers make.
  void* data = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return LastError("mmap");
  kern_return_t result =
      mach_vm_protect(mach_task_self(), reinterpret_cast<mach_vm_address_t>(data), length, FALSE,
                      VM_PROT_READ | VM_PROT_WRITE | VM_PROT_COPY);
  if (result != KERN_SUCCESS) {
    munmap(data, length);
    return ErrorOf(EACCES, "mach_vm_protect");
  }
  return data;
}

}  // namespace named_shm
