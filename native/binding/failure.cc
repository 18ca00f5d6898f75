#include "binding/failure.h"

namespace named_shm {

Napi::Value ToFailure(Napi::Env env, const SysError& error) {
  Napi::Object failure = Napi::Object::New(env);
  failure.Set("code", error.code);
  failure.Set("errno", error.number);
  failure.Set("syscall", error.syscall);
  return failure;
}

}  // namespace named_shm
