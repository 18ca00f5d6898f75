#pragma once

#include <napi.h>

#include "tracking/tracker.h"

namespace named_shm {

// Everything that belongs to one Node environment (the main thread or a Worker).
struct Environment {
  Tracker tracker;
  Napi::FunctionReference segment_class;
  Napi::FunctionReference semaphore_class;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

}  // namespace named_shm
