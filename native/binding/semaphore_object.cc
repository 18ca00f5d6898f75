#include "binding/semaphore_object.h"

#include <iterator>
#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/failure.h"
#include "binding/tracking.h"

namespace named_shm {

namespace {

napi_value ToValue(napi_env env, const Result<bool>& result) {
  if (!result.ok()) return ToFailure(env, result.error());
  napi_value value;
  napi_get_boolean(env, result.value(), &value);
  return value;
}

SemaphoreObject& BoundObject(napi_env env, napi_callback_info info) {
  void* object = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &object);
  return *static_cast<SemaphoreObject*>(object);
}

}  // namespace

Napi::Function SemaphoreObject::Define(Napi::Env env) {
  return DefineClass(env, "Semaphore",
                     {
                         InstanceMethod<&SemaphoreObject::StartWait>("startWait"),
                         InstanceMethod<&SemaphoreObject::Value>("value"),
                         InstanceMethod<&SemaphoreObject::Close>("close"),
                     });
}

SemaphoreObject::SemaphoreObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SemaphoreObject>(info) {}

Napi::Value SemaphoreObject::Wrap(Napi::Env env, std::unique_ptr<Semaphore> semaphore,
                                  uint32_t max_value) {
  Napi::Object object = Environment::Of(env).semaphore_class.New({});
  SemaphoreObject* self = object.IsEmpty() ? nullptr : Unwrap(object);
  if (self == nullptr) return env.Undefined();  // in a Worker that has been told to end
  self->semaphore_ = std::move(semaphore);
  self->max_value_ = max_value;
  const napi_property_descriptor bound[] = {
      {"tryWait", nullptr, TryWait, nullptr, nullptr, nullptr, napi_default, self},
      {"wait", nullptr, Wait, nullptr, nullptr, nullptr, napi_default, self},
      {"post", nullptr, Post, nullptr, nullptr, nullptr, napi_default, self},
  };
  napi_define_properties(env, object, std::size(bound), bound);
  return object;
}

Napi::Value SemaphoreObject::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = info[0].As<Napi::String>();
  uint32_t value = info[1].As<Napi::Number>().Uint32Value();
  uint32_t max_value = info[2].As<Napi::Number>().Uint32Value();
  uint32_t mode = info[3].As<Napi::Number>().Uint32Value();
  bool track = info[4].As<Napi::Boolean>();
  Tracker::Candidate candidate(Environment::Of(env).tracker, Kind::kSemaphore, name);
  Result<std::unique_ptr<Semaphore>> semaphore =
      Semaphore::Create(name.c_str(), value, mode, track ? &candidate : nullptr);
  if (!semaphore.ok()) {
    candidate.Discard();
    return ToFailure(env, semaphore.error());
  }
  candidate.Settle();
  return WithSerial(Wrap(env, std::move(semaphore.value()), max_value), candidate);
}

Napi::Value SemaphoreObject::Attach(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Result<std::unique_ptr<Semaphore>> semaphore = Semaphore::Attach(name.c_str());
  if (!semaphore.ok()) return ToFailure(info.Env(), semaphore.error());
  uint32_t max_value = info[1].As<Napi::Number>().Uint32Value();
  return Wrap(info.Env(), std::move(semaphore.value()), max_value);
}

Napi::Value SemaphoreObject::Unlink(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Result<void> unlinked = Semaphore::Unlink(name.c_str());
  if (!unlinked.ok()) return ToFailure(info.Env(), unlinked.error());
  Environment::Of(info.Env()).tracker.Forget(Kind::kSemaphore, name);
  return info.Env().Undefined();
}

Napi::Value SemaphoreObject::UnlinkOwn(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Tracker& tracker = Environment::Of(info.Env()).tracker;
  auto serial = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), tracker.UnlinkOwn(Kind::kSemaphore, name, serial));
}

napi_value SemaphoreObject::TryWait(napi_env env, napi_callback_info info) {
  Semaphore* semaphore = BoundObject(env, info).semaphore_.get();
  return semaphore ? ToValue(env, semaphore->TryWait()) : nullptr;
}

napi_value SemaphoreObject::Post(napi_env env, napi_callback_info info) {
  SemaphoreObject& self = BoundObject(env, info);
  return self.semaphore_ ? ToValue(env, self.semaphore_->Post(self.max_value_)) : nullptr;
}

napi_value SemaphoreObject::Wait(napi_env env, napi_callback_info info) {
  napi_value timeout;
  size_t count = 1;
  void* object = nullptr;
  napi_get_cb_info(env, info, &count, &timeout, nullptr, &object);
  Semaphore* semaphore = static_cast<SemaphoreObject*>(object)->semaphore_.get();
  if (semaphore == nullptr) return nullptr;
  double timeout_ms = 0;
  napi_get_value_double(env, timeout, &timeout_ms);
  return ToValue(env, semaphore->Wait(timeout_ms, StopFlag()));
}

Napi::Value SemaphoreObject::StartWait(const Napi::CallbackInfo& info) {
  if (!semaphore_) return info.Env().Undefined();
  double timeout_ms = info[0].As<Napi::Number>().DoubleValue();
  WaitPool::Wait wait;
  wait.run = [semaphore = semaphore_, timeout_ms](const StopFlag& stop) -> WaitPool::Answer {
    Result<bool> taken = semaphore->Wait(timeout_ms, stop);
    if (!taken.ok()) return taken.error();
    return taken.value() ? 1 : 0;
  };
  wait.undo = [semaphore = semaphore_](int taken) {
    if (taken) (void)semaphore->Post(UINT32_MAX);
  };
  return Environment::Of(info.Env()).StartWait(info.Env(), std::move(wait), info[1]);
}

Napi::Value SemaphoreObject::Value(const Napi::CallbackInfo& info) {
  if (!semaphore_) return info.Env().Undefined();
  Result<uint32_t> value = semaphore_->Value();
  if (!value.ok()) return ToFailure(info.Env(), value.error());
  return Napi::Number::New(info.Env(), value.value());
}

void SemaphoreObject::Close(const Napi::CallbackInfo&) { semaphore_.reset(); }

}  // namespace named_shm
