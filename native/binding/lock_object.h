#pragma once

#include <napi.h>

#include <memory>

#include "binding/wait_pool.h"
#include "sync/lock_cell.h"

namespace named_shm {

// A Mutex or RwLock as JavaScript holds it: a mutex is a lock with no room for readers. Acquiring
// answers with the number of an Outcome; everything answers with undefined once it is closed.
//
// tryExclusive, releaseExclusive, tryShared and releaseShared are bound to each object, as a
// semaphore's tryWait is.
class LockObject final : public Napi::ObjectWrap<LockObject> {
 public:
  static Napi::Function Define(Napi::Env env);

  // createLock(kind, name, readers, mode, track), attachLock(kind, name); unlinking is a segment's
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Attach(const Napi::CallbackInfo& info);

  explicit LockObject(const Napi::CallbackInfo& info);

 private:
  class Lock;

  static Napi::Value Wrap(Napi::Env env, Result<std::shared_ptr<Lock>> lock);
  static napi_value TryExclusive(napi_env env, napi_callback_info info);
  static napi_value ReleaseExclusive(napi_env env, napi_callback_info info);
  static napi_value TryShared(napi_env env, napi_callback_info info);
  static napi_value ReleaseShared(napi_env env, napi_callback_info info);

  Napi::Value Wait(const Napi::CallbackInfo& info);       // (shared, timeoutMs)
  Napi::Value StartWait(const Napi::CallbackInfo& info);  // (shared, timeoutMs, callback)
  Napi::Value MarkConsistent(const Napi::CallbackInfo& info);
  Napi::Value Holders(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  std::shared_ptr<Lock> lock_;  // shared with the waits that are under way
};

}  // namespace named_shm
