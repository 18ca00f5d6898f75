#include "binding/tracking.h"

#include <string>

#include "binding/environment.h"
#include "binding/failure.h"
#include "platform/process_end.h"

namespace named_shm {

Napi::Value OpenJournal(const Napi::CallbackInfo& info) {
  // A second copy of the JavaScript side (a test runner's, say) shares the first one's: its slots
  // are in use, and its lock says that they are.
  if (Environment::Of(info.Env()).tracker.has_journal()) return info.Env().Undefined();
  std::string path = info[0].As<Napi::String>();
  Result<std::unique_ptr<Journal>> journal = Journal::Create(path.c_str());
  if (!journal.ok()) return ToFailure(info.Env(), journal.error());
  Environment::Of(info.Env()).tracker.KeepJournal(std::move(journal.value()), path);
  return info.Env().Undefined();
}

Napi::Value ReclaimJournal(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = info[0].As<Napi::String>();
  Result<std::vector<TrackedName>> reclaimed =
      Journal::Reclaim(path.c_str(), info[1].As<Napi::Boolean>());
  if (!reclaimed.ok()) return ToFailure(env, reclaimed.error());
  Napi::Array list = Napi::Array::New(env, reclaimed.value().size());
  uint32_t index = 0;
  for (const TrackedName& tracked : reclaimed.value()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("kind", tracked.kind == Kind::kSegment ? "segment" : "semaphore");
    entry.Set("name", tracked.name);
    list.Set(index++, entry);
  }
  return list;
}

Napi::Value WithSerial(const Napi::Value& handle, const Tracker::Candidate& candidate) {
  // Not an object: a failure to wrap it, or the handle of a Worker that has been told to end.
  if (handle.IsObject() && candidate.serial() != 0)
    handle.As<Napi::Object>().Set("serial", static_cast<double>(candidate.serial()));
  return handle;
}

Napi::Value WatchSignals(const Napi::CallbackInfo& info) {
  WatchSignals();
  return info.Env().Undefined();
}

}  // namespace named_shm
