#pragma once

#include <napi.h>

#include <memory>

#include "platform/file_mapping.h"

namespace named_shm {

// A mapped file as JavaScript holds it; its ArrayBuffers live as those of a SegmentObject do.
class FileObject final : public Napi::ObjectWrap<FileObject> {
 public:
  static Napi::Function Define(Napi::Env env);

  // openFile(path, readOnly, create, reserve, size, mode)
  static Napi::Value Open(const Napi::CallbackInfo& info);

  explicit FileObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value Created(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Buffer(const Napi::CallbackInfo& info);  // (byteOffset, byteLength)
  Napi::Value Faulted(const Napi::CallbackInfo& info);
  Napi::Value Resize(const Napi::CallbackInfo& info);  // (size, reserve)
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value StartFlush(const Napi::CallbackInfo& info);  // (callback)
  void Close(const Napi::CallbackInfo& info);

  std::shared_ptr<FileMapping> file_;  // shared with the flushes that are under way
};

}  // namespace named_shm
