#include <mach/mach.h>
#include <mach/mach_vm.h>

#include <cerrno>

#include "platform/posix/duplicate_mapping.h"
#include "platform/posix/errors.h"

namespace named_shm {

Result<void> DuplicateMapping(void* from, size_t length, void* to) noexcept {
  auto target = reinterpret_cast<mach_vm_address_t>(to);
  auto source = reinterpret_cast<mach_vm_address_t>(from);
  vm_prot_t current;
  vm_prot_t maximum;
  kern_return_t result =
      mach_vm_remap(mach_task_self(), &target, length, 0, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE,
                    mach_task_self(), source, FALSE, &current, &maximum, VM_INHERIT_SHARE);
  if (result != KERN_SUCCESS) return ErrorOf(ENOMEM, "mach_vm_remap");
  return {};
}

}  // namespace named_shm
