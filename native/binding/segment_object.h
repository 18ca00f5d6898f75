#pragma once

#include <napi.h>

#include <memory>

#include "platform/segment.h"

namespace named_shm {

// A segment as JavaScript holds it. The mapping is shared with the ArrayBuffer over it and lives
// as long as either; close() ends the sharing at once and leaves the address range to the
// ArrayBuffer's finalizer, since views and jobs of Node's own may still use it.
class SegmentObject final : public Napi::ObjectWrap<SegmentObject> {
 public:
  static Napi::Function Define(Napi::Env env);

  // createSegment(name, size, mode, reserve, track, content?), attachSegment(name, readOnly),
  // unlinkSegment(name), unlinkOwnSegment(name, serial), listSegments()
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Attach(const Napi::CallbackInfo& info);
  static Napi::Value Unlink(const Napi::CallbackInfo& info);
  static Napi::Value UnlinkOwn(const Napi::CallbackInfo& info);
  static Napi::Value List(const Napi::CallbackInfo& info);

  explicit SegmentObject(const Napi::CallbackInfo& info);

 private:
  static Napi::Value Wrap(Napi::Env env, std::unique_ptr<Segment> segment);

  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Buffer(const Napi::CallbackInfo& info);  // (byteOffset, byteLength)
  Napi::Value Faulted(const Napi::CallbackInfo& info);
  Napi::Value Overlay(const Napi::CallbackInfo& info);  // (bytes of a WebAssembly memory)
  void Close(const Napi::CallbackInfo& info);

  std::shared_ptr<Segment> segment_;
};

}  // namespace named_shm
