#include "platform/posix/pin.h"

#include <dlfcn.h>

namespace named_shm {

void PinAddon() noexcept {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&PinAddon), &self) != 0)
    dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

}  // namespace named_shm
