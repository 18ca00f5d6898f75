#pragma once

namespace named_shm {

// A system call that failed. `code` is the portable name ("ENOENT", the same on every system), or
// one of the library's own ("ERR_SHM_..."); `number` is what the system said; `syscall` names the
// call in the words of the system's manual. All strings are literals.
struct SysError {
  const char* code;
  int number;
  const char* syscall;
};

}  // namespace named_shm
