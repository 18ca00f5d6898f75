#include "binding/segment_object.h"

#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/external_memory.h"
#include "binding/failure.h"
#include "binding/tracking.h"
#include "binding/window_object.h"

namespace named_shm {

Napi::Function SegmentObject::Define(Napi::Env env) {
  return DefineClass(env, "Segment",
                     {
                         InstanceMethod<&SegmentObject::Size>("size"),
                         InstanceMethod<&SegmentObject::Buffer>("buffer"),
                         InstanceMethod<&SegmentObject::Faulted>("faulted"),
                         InstanceMethod<&SegmentObject::Overlay>("overlay"),
                         InstanceMethod<&SegmentObject::Close>("close"),
                     });
}

SegmentObject::SegmentObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SegmentObject>(info) {}

Napi::Value SegmentObject::Wrap(Napi::Env env, std::unique_ptr<Segment> segment) {
  Napi::Object object = Environment::Of(env).segment_class.New({});
  SegmentObject* self = object.IsEmpty() ? nullptr : Unwrap(object);
  if (self == nullptr) return env.Undefined();  // in a Worker that has been told to end
  self->segment_ = std::move(segment);
  return object;
}

Napi::Value SegmentObject::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = info[0].As<Napi::String>();
  Segment::CreateOptions options = {
      name.c_str(),
      static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue()),
      info[2].As<Napi::Number>().Uint32Value(),
      info[3].As<Napi::Boolean>(),
      nullptr,
      0,
  };
  if (info[5].IsTypedArray()) {
    auto content = info[5].As<Napi::Uint8Array>();
    options.content = content.Data();
    options.content_length = content.ByteLength();
    // JavaScript can be told another length than this.
    if (options.content_length > options.size) return ToFailure(env, {"ERR_SHM_RANGE", 0, "write"});
  }
  bool track = info[4].As<Napi::Boolean>();
  Tracker::Candidate candidate(Environment::Of(env).tracker, Kind::kSegment, name);
  Result<std::unique_ptr<Segment>> segment = Segment::Create(options, track ? &candidate : nullptr);
  if (!segment.ok()) {
    candidate.Discard();
    return ToFailure(env, segment.error());
  }
  candidate.Settle();
  return WithSerial(Wrap(env, std::move(segment.value())), candidate);
}

Napi::Value SegmentObject::Attach(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Result<std::unique_ptr<Segment>> segment =
      Segment::Attach(name.c_str(), info[1].As<Napi::Boolean>());
  if (!segment.ok()) return ToFailure(info.Env(), segment.error());
  return Wrap(info.Env(), std::move(segment.value()));
}

Napi::Value SegmentObject::Unlink(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Result<void> unlinked = Segment::Unlink(name.c_str());
  if (!unlinked.ok()) return ToFailure(info.Env(), unlinked.error());
  Environment::Of(info.Env()).tracker.Forget(Kind::kSegment, name);
  return info.Env().Undefined();
}

Napi::Value SegmentObject::UnlinkOwn(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Tracker& tracker = Environment::Of(info.Env()).tracker;
  auto serial = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), tracker.UnlinkOwn(Kind::kSegment, name, serial));
}

Napi::Value SegmentObject::List(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Result<std::vector<SegmentInfo>> segments = Segment::List();
  if (!segments.ok()) return ToFailure(env, segments.error());
  Napi::Array list = Napi::Array::New(env, segments.value().size());
  uint32_t index = 0;
  for (const SegmentInfo& segment : segments.value()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", segment.name);
    entry.Set("size", static_cast<double>(segment.size));
    entry.Set("mode", segment.mode);
    entry.Set("uid", static_cast<double>(segment.uid));
    entry.Set("mtimeMs", segment.modified_time);
    list.Set(index++, entry);
  }
  return list;
}

Napi::Value SegmentObject::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), segment_ ? static_cast<double>(segment_->size()) : 0);
}

Napi::Value SegmentObject::Buffer(const Napi::CallbackInfo& info) {
  return ExternalMemory(info, segment_);
}

Napi::Value SegmentObject::Faulted(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), segment_ && segment_->faulted());
}

Napi::Value SegmentObject::Overlay(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!segment_) return env.Undefined();
  Napi::Object bytes = info[0].As<Napi::Object>();
  // Not through napi.h, which would ask for the array's ArrayBuffer: it has a SharedArrayBuffer.
  void* begin = nullptr;
  napi_get_typedarray_info(env, bytes, nullptr, nullptr, &begin, nullptr, nullptr);
  Result<std::unique_ptr<MemoryWindow>> window = MemoryWindow::Open(begin, *segment_);
  if (!window.ok()) return ToFailure(env, window.error());
  return WindowObject::Wrap(env, std::move(window.value()), bytes);
}

void SegmentObject::Close(const Napi::CallbackInfo&) {
  // With no ArrayBuffer over it nothing can reach the range, and the last reference unmaps it.
  if (segment_ && segment_.use_count() > 1) segment_->Release();
  segment_.reset();
}

}  // namespace named_shm
