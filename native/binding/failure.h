#pragma once

#include <napi.h>

#include "core/sys_error.h"

namespace named_shm {

// What a native function returns instead of its result: { code, errno, syscall }. TypeScript makes
// the Error of it: an error made here would not be an instance of the caller's own classes in
// another realm, and could not name the object.
Napi::Value ToFailure(Napi::Env env, const SysError& error);

}  // namespace named_shm
