#pragma once

#include <windows.h>

#include "core/sys_error.h"

namespace named_shm {

// The error that GetLastError() tells now, as left by `call`.
SysError LastError(const char* call) noexcept;

SysError ErrorOf(DWORD number, const char* call) noexcept;

}  // namespace named_shm
