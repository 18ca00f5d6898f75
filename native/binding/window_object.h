#pragma once

#include <napi.h>

#include <memory>

#include "platform/memory_window.h"

namespace named_shm {

// A window onto a segment in a WebAssembly memory, as JavaScript holds it.
//
// It keeps the memory's bytes alive, and so never touches pages that are somebody else's by then:
// not in close(), not when it is collected, not at the end of its environment.
class WindowObject final : public Napi::ObjectWrap<WindowObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Wrap(Napi::Env env, std::unique_ptr<MemoryWindow> window,
                          Napi::Object kept_alive);

  explicit WindowObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value Faulted(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  Napi::ObjectReference memory_;  // outlives window_, as it comes first
  std::unique_ptr<MemoryWindow> window_;
};

}  // namespace named_shm
