#include "binding/window_object.h"

#include <utility>

#include "binding/environment.h"

namespace named_shm {

Napi::Function WindowObject::Define(Napi::Env env) {
  return DefineClass(env, "Window",
                     {
                         InstanceMethod<&WindowObject::Faulted>("faulted"),
                         InstanceMethod<&WindowObject::Close>("close"),
                     });
}

WindowObject::WindowObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<WindowObject>(info) {}

Napi::Value WindowObject::Wrap(Napi::Env env, std::unique_ptr<MemoryWindow> window,
                               Napi::Object kept_alive) {
  Napi::Object object = Environment::Of(env).window_class.New({});
  WindowObject* self = object.IsEmpty() ? nullptr : Unwrap(object);
  if (self == nullptr) return env.Undefined();  // in a Worker that has been told to end
  self->memory_ = Napi::Persistent(kept_alive);
  self->window_ = std::move(window);
  return object;
}

Napi::Value WindowObject::Faulted(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), window_ && window_->faulted());
}

void WindowObject::Close(const Napi::CallbackInfo&) {
  window_.reset();
  memory_.Reset();
}

}  // namespace named_shm
