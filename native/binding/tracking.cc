#include "binding/tracking.h"

#include <random>
#include <string>

#include "binding/environment.h"
#include "binding/failure.h"

namespace named_shm {

Napi::Value OpenJournal(const Napi::CallbackInfo& info) {
  // A second copy of the JavaScript side (a test runner's, say) shares the first one's: its slots
  // are in use, and its lock says that they are.
  if (Environment::Of(info.Env()).tracker.has_journal()) return info.Env().Undefined();
  std::string path = info[0].As<Napi::String>();
  Result<std::unique_ptr<Journal>> journal = Journal::Create(path.c_str());
  if (!journal.ok()) return ToFailure(info.Env(), journal.error());
  Environment::Of(info.Env()).tracker.KeepJournal(std::move(journal.value()));
  return info.Env().Undefined();
}

Napi::Value ReclaimJournal(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = info[0].As<Napi::String>();
  Journal::ReclaimOptions options = {info[1].As<Napi::Boolean>(), info[2].As<Napi::Boolean>()};
  Result<std::vector<TrackedName>> reclaimed = Journal::Reclaim(path.c_str(), options);
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

Napi::Value UnlinkTracked(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).tracker.UnlinkAll();
  return info.Env().Undefined();
}

double ProcessToken() noexcept {
  static const double token = [] {
    std::random_device random;
    // 52 bits, never 0: exact as a JavaScript number.
    return static_cast<double>(((uint64_t{random()} << 20 ^ random()) & ((1ULL << 52) - 1)) | 1);
  }();
  return token;
}

}  // namespace named_shm
