#include "binding/external_memory.h"

#include "binding/failure.h"

namespace named_shm {

Napi::Value ExternalMemory(const Napi::CallbackInfo& info,
                           const std::shared_ptr<Segment>& segment) {
  Napi::Env env = info.Env();
  if (!segment) return env.Undefined();
  auto offset = static_cast<size_t>(info[0].As<Napi::Number>().DoubleValue());
  auto length = static_cast<size_t>(info[1].As<Napi::Number>().DoubleValue());
  if (offset > segment->size() || length > segment->size() - offset) return env.Undefined();
  void* begin = static_cast<uint8_t*>(segment->data()) + offset;
  auto* keep = new std::shared_ptr<Segment>(segment);
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

}  // namespace named_shm
