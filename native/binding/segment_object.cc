#include "binding/segment_object.h"

#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/failure.h"
#include "binding/tracking.h"

namespace named_shm {

Napi::Function SegmentObject::Define(Napi::Env env) {
  return DefineClass(env, "Segment",
                     {
                         InstanceMethod<&SegmentObject::Size>("size"),
                         InstanceMethod<&SegmentObject::Buffer>("buffer"),
                         InstanceMethod<&SegmentObject::Faulted>("faulted"),
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
  Napi::Env env = info.Env();
  if (!segment_) return env.Undefined();
  auto offset = static_cast<size_t>(info[0].As<Napi::Number>().DoubleValue());
  auto length = static_cast<size_t>(info[1].As<Napi::Number>().DoubleValue());
  if (offset > segment_->size() || length > segment_->size() - offset) return env.Undefined();
  void* begin = static_cast<uint8_t*>(segment_->data()) + offset;
  auto* keep = new std::shared_ptr<Segment>(segment_);
  auto finalize = [](napi_env, void*, void* hint) {
    delete static_cast<std::shared_ptr<Segment>*>(hint);
  };
  // A Buffer and not an ArrayBuffer: that one Node makes by way of a Buffer which it throws away.
  napi_value buffer;
  napi_status status = napi_create_external_buffer(env, length, begin, finalize, keep, &buffer);
  if (status == napi_ok) return Napi::Value(env, buffer);
  delete keep;
  // Electron's V8 keeps every ArrayBuffer inside one address range of its own.
  if (status == napi_no_external_buffers_allowed)
    return ToFailure(env, {"ERR_SHM_UNSUPPORTED", 0, "napi_create_external_buffer"});
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) {
    napi_value ignored;
    napi_get_and_clear_last_exception(env, &ignored);
  }
  return ToFailure(env, {"ENOMEM", 0, "napi_create_external_buffer"});
}

Napi::Value SegmentObject::Faulted(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), segment_ && segment_->faulted());
}

void SegmentObject::Close(const Napi::CallbackInfo&) {
  // With no ArrayBuffer over it nothing can reach the range, and the last reference unmaps it.
  if (segment_ && segment_.use_count() > 1) segment_->Release();
  segment_.reset();
}

}  // namespace named_shm
