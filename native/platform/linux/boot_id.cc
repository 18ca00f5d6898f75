#include <fcntl.h>
#include <unistd.h>

#include "platform/lock_file.h"
#include "platform/posix/unique_fd.h"

namespace named_shm {

const char* BootId() noexcept {
  struct Id {
    char text[64] = {};
    Id() noexcept {
      UniqueFd fd(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
      if (fd.valid() && read(fd.get(), text, 36) != 36) text[0] = '\0';
    }
  };
  static const Id id;
  return id.text;
}

}  // namespace named_shm
