#include <sys/sysctl.h>

#include "platform/lock_file.h"

namespace named_shm {

const char* BootId() noexcept {
  struct Id {
    char text[64] = {};
    Id() noexcept {
      size_t length = sizeof(text) - 1;
      if (sysctlbyname("kern.bootsessionuuid", text, &length, nullptr, 0) == -1) text[0] = '\0';
    }
  };
  static const Id id;
  return id.text;
}

}  // namespace named_shm
