// What `require` gets of the addon; lib/binding.ts is its TypeScript face.

#include <napi.h>

#include "binding/environment.h"
#include "binding/file_object.h"
#include "binding/lock_object.h"
#include "binding/segment_object.h"
#include "binding/semaphore_object.h"
#include "binding/tracking.h"
#include "binding/window_object.h"

namespace named_shm {

namespace {

// One word that every environment sees, so that JavaScript need not call to learn that nothing
// has happened.
Napi::Value FaultCounter(Napi::Env env) {
  auto* word = const_cast<uint32_t*>(SegmentFaultCount());
  napi_value buffer;
  auto keep = [](napi_env, void*, void*) {};
  if (napi_create_external_arraybuffer(env, word, sizeof(*word), keep, nullptr, &buffer) !=
      napi_ok) {
    return env.Undefined();
  }
  return Napi::Value(env, buffer);
}

// interruptWait(id): to be repeated until the wait's callback has come.
Napi::Value InterruptWait(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::Of(info.Env());
  if (environment.waits) environment.waits->Interrupt(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment;
  env.SetInstanceData(environment);
  env.AddCleanupHook([](Environment* ending) { ending->tracker.UnlinkAll(); }, environment);
  environment->file_class = Napi::Persistent(FileObject::Define(env));
  environment->segment_class = Napi::Persistent(SegmentObject::Define(env));
  environment->lock_class = Napi::Persistent(LockObject::Define(env));
  environment->semaphore_class = Napi::Persistent(SemaphoreObject::Define(env));
  environment->window_class = Napi::Persistent(WindowObject::Define(env));

  exports.Set("createSegment", Napi::Function::New(env, SegmentObject::Create));
  exports.Set("attachSegment", Napi::Function::New(env, SegmentObject::Attach));
  exports.Set("unlinkSegment", Napi::Function::New(env, SegmentObject::Unlink));
  exports.Set("unlinkOwnSegment", Napi::Function::New(env, SegmentObject::UnlinkOwn));
  exports.Set("listSegments", Napi::Function::New(env, SegmentObject::List));
  exports.Set("openFile", Napi::Function::New(env, FileObject::Open));
  exports.Set("createSemaphore", Napi::Function::New(env, SemaphoreObject::Create));
  exports.Set("attachSemaphore", Napi::Function::New(env, SemaphoreObject::Attach));
  exports.Set("unlinkSemaphore", Napi::Function::New(env, SemaphoreObject::Unlink));
  exports.Set("unlinkOwnSemaphore", Napi::Function::New(env, SemaphoreObject::UnlinkOwn));
  exports.Set("createLock", Napi::Function::New(env, LockObject::Create));
  exports.Set("attachLock", Napi::Function::New(env, LockObject::Attach));
  exports.Set("interruptWait", Napi::Function::New(env, InterruptWait));
  exports.Set("openJournal", Napi::Function::New(env, OpenJournal));
  exports.Set("reclaimJournal", Napi::Function::New(env, ReclaimJournal));
  exports.Set("watchSignals", Napi::Function::New(env, WatchSignals));
  exports.Set("pageSize", static_cast<double>(MemoryWindow::PageSize()));
  exports.Set("faultCounter", FaultCounter(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(named_shm, Init)

}  // namespace named_shm
