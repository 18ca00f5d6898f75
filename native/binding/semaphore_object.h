#pragma once

#include <napi.h>

#include <memory>

#include "platform/semaphore.h"

namespace named_shm {

// A named semaphore as JavaScript holds it. Its methods return undefined once it is closed.
//
// tryWait(), wait() and post() are what a program calls a million times a second: they are
// functions of each object, bound to it, so that a call need not look up what its receiver wraps
// (which costs more than the semaphore does).
class SemaphoreObject final : public Napi::ObjectWrap<SemaphoreObject> {
 public:
  static Napi::Function Define(Napi::Env env);

  // createSemaphore(name, value, maxValue, mode, track), attachSemaphore(name, maxValue),
  // unlinkSemaphore(name), unlinkOwnSemaphore(name, serial)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Attach(const Napi::CallbackInfo& info);
  static Napi::Value Unlink(const Napi::CallbackInfo& info);
  static Napi::Value UnlinkOwn(const Napi::CallbackInfo& info);

  explicit SemaphoreObject(const Napi::CallbackInfo& info);

 private:
  static Napi::Value Wrap(Napi::Env env, std::unique_ptr<Semaphore> semaphore, uint32_t max_value);
  static napi_value TryWait(napi_env env, napi_callback_info info);
  static napi_value Post(napi_env env, napi_callback_info info);
  static napi_value Wait(napi_env env, napi_callback_info info);  // (timeoutMs), negative: for ever

  Napi::Value StartWait(const Napi::CallbackInfo& info);  // (timeoutMs, callback)
  Napi::Value Value(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  std::shared_ptr<Semaphore> semaphore_;  // shared with the waits that are under way
  uint32_t max_value_ = 0;
};

}  // namespace named_shm
