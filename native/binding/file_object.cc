#include "binding/file_object.h"

#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/external_memory.h"
#include "binding/failure.h"

namespace named_shm {

namespace {

Napi::Value UndefinedOrFailure(Napi::Env env, const Result<void>& result) {
  return result.ok() ? env.Undefined() : ToFailure(env, result.error());
}

}  // namespace

Napi::Function FileObject::Define(Napi::Env env) {
  return DefineClass(env, "File",
                     {
                         InstanceMethod<&FileObject::Created>("created"),
                         InstanceMethod<&FileObject::Size>("size"),
                         InstanceMethod<&FileObject::Buffer>("buffer"),
                         InstanceMethod<&FileObject::Faulted>("faulted"),
                         InstanceMethod<&FileObject::Resize>("resize"),
                         InstanceMethod<&FileObject::Flush>("flush"),
                         InstanceMethod<&FileObject::StartFlush>("startFlush"),
                         InstanceMethod<&FileObject::Close>("close"),
                     });
}

FileObject::FileObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FileObject>(info) {}

Napi::Value FileObject::Open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = info[0].As<Napi::String>();
  FileMapping::OpenOptions options = {
      path.c_str(),
      info[1].As<Napi::Boolean>(),
      info[2].As<Napi::Boolean>(),
      info[3].As<Napi::Boolean>(),
      static_cast<uint64_t>(info[4].As<Napi::Number>().DoubleValue()),
      info[5].As<Napi::Number>().Uint32Value(),
  };
  Result<std::unique_ptr<FileMapping>> file = FileMapping::Open(options);
  if (!file.ok()) return ToFailure(env, file.error());
  Napi::Object object = Environment::Of(env).file_class.New({});
  FileObject* self = object.IsEmpty() ? nullptr : Unwrap(object);
  if (self == nullptr) return env.Undefined();  // in a Worker that has been told to end
  self->file_ = std::move(file.value());
  return object;
}

Napi::Value FileObject::Created(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), file_ && file_->created());
}

Napi::Value FileObject::Size(const Napi::CallbackInfo& info) {
  std::shared_ptr<Segment> bytes = file_ ? file_->bytes() : nullptr;
  return Napi::Number::New(info.Env(), bytes ? static_cast<double>(bytes->size()) : 0);
}

Napi::Value FileObject::Buffer(const Napi::CallbackInfo& info) {
  return ExternalMemory(info, file_ ? file_->bytes() : nullptr);
}

Napi::Value FileObject::Faulted(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), file_ && file_->faulted());
}

Napi::Value FileObject::Resize(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!file_) return env.Undefined();
  auto size = static_cast<uint64_t>(info[0].As<Napi::Number>().DoubleValue());
  return UndefinedOrFailure(env, file_->Resize(size, info[1].As<Napi::Boolean>()));
}

Napi::Value FileObject::Flush(const Napi::CallbackInfo& info) {
  if (!file_) return info.Env().Undefined();
  return UndefinedOrFailure(info.Env(), file_->Flush());
}

Napi::Value FileObject::StartFlush(const Napi::CallbackInfo& info) {
  if (!file_) return info.Env().Undefined();
  WaitPool::Wait wait;
  wait.run = [file = file_](const StopFlag&) -> WaitPool::Answer {
    Result<void> flushed = file->Flush();
    if (!flushed.ok()) return flushed.error();
    return 0;
  };
  wait.undo = [](int) {};
  return Environment::Of(info.Env()).StartWait(info.Env(), std::move(wait), info[0]);
}

void FileObject::Close(const Napi::CallbackInfo&) {
  if (file_) file_->Release();
  file_.reset();
}

}  // namespace named_shm
