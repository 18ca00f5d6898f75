#include "binding/environment.h"

#include "binding/failure.h"

namespace named_shm {

Napi::Value Environment::StartWait(Napi::Env env, WaitPool::Wait wait, Napi::Value callback) {
  if (!waits) {
    waits = std::make_unique<WaitPool>(env);
    // Added after the pool made its thread-safe function, this runs before that one's end.
    env.AddCleanupHook([](WaitPool* pool) { pool->End(); }, waits.get());
  }
  Result<uint32_t> id = waits->Start(std::move(wait), callback.As<Napi::Function>());
  if (!id.ok()) return ToFailure(env, id.error());
  return Napi::Number::New(env, id.value());
}

}  // namespace named_shm
