#pragma once

#include "core/sys_error.h"

namespace named_shm {

// The error that errno holds now, as left by `syscall`.
SysError LastError(const char* syscall) noexcept;

SysError ErrorOf(int number, const char* syscall) noexcept;

}  // namespace named_shm
