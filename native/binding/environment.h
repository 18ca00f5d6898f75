#pragma once

#include <napi.h>

#include <memory>

#include "binding/wait_pool.h"
#include "tracking/tracker.h"

namespace named_shm {

// Everything that belongs to one Node environment (the main thread or a Worker).
struct Environment {
  Tracker tracker;
  std::unique_ptr<WaitPool> waits;  // made with the first wait
  Napi::FunctionReference file_class;
  Napi::FunctionReference lock_class;
  Napi::FunctionReference segment_class;
  Napi::FunctionReference semaphore_class;
  Napi::FunctionReference window_class;

  // What JavaScript gets of a wait that begins: its id or a failure.
  Napi::Value StartWait(Napi::Env env, WaitPool::Wait wait, Napi::Value callback);

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

}  // namespace named_shm
