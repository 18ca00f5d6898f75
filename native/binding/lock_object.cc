#include "binding/lock_object.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <iterator>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "binding/environment.h"
#include "binding/failure.h"
#include "binding/tracking.h"
#include "platform/segment.h"

namespace named_shm {

namespace {

uint64_t RandomToken() noexcept {
  std::random_device random;
  uint64_t token = (uint64_t{random()} << 32 | random()) & RobustMutex<Ground>::kOwner;
  return token == 0 ? 1 : token;
}

LockCell::Kind KindOf(const Napi::Value& value) {
  return static_cast<LockCell::Kind>(value.As<Napi::Number>().Uint32Value());
}

}  // namespace

// One handle of a lock: its mapping, its proof of life, and the readers' words that it has taken.
class LockObject::Lock {
 public:
  static Result<std::shared_ptr<Lock>> Open(const char* name, LockCell::Kind kind,
                                            std::unique_ptr<Segment> segment) noexcept {
    auto* cell = static_cast<LockCell*>(segment->data());
    Result<void> checked = cell->Check(kind, segment->size());
    if (!checked.ok()) return checked.error();
    uint64_t token = RandomToken();
    Result<std::unique_ptr<Liveness>> liveness =
        Liveness::Claim({name, segment->identity(), cell->key}, token);
    if (!liveness.ok()) return liveness.error();
    return std::make_shared<Lock>(std::move(segment), std::move(liveness.value()), token);
  }

  Lock(std::unique_ptr<Segment> segment, std::unique_ptr<Liveness> liveness,
       uint64_t token) noexcept
      : segment_(std::move(segment)),
        liveness_(std::move(liveness)),
        ground_(*liveness_),
        cell_(static_cast<LockCell*>(segment_->data())),
        reader_count_(cell_->reader_count),
        lock_(cell_->words, cell_->readers(), reader_count_, ground_, token) {}

  Outcome TryExclusive() noexcept { return lock_.TryAcquireWrite(); }
  bool ReleaseExclusive() noexcept { return lock_.ReleaseWrite(); }

  Outcome TryShared() noexcept {
    size_t slot = 0;
    Outcome outcome = lock_.TryAcquireRead(slot);
    return Remember(outcome, slot);
  }

  bool ReleaseShared() noexcept {
    std::unique_lock<std::mutex> guard(slots_mutex_);
    if (slots_.empty()) return false;
    size_t slot = slots_.back();
    slots_.pop_back();
    guard.unlock();
    lock_.ReleaseRead(slot);
    return true;
  }

  Outcome Wait(bool shared, double timeout_ms, const StopFlag& stop) noexcept {
    double deadline = timeout_ms < 0 ? HUGE_VAL : ground_.Now() + timeout_ms;
    if (!shared) return lock_.AcquireWrite(deadline, stop);
    size_t slot = 0;
    Outcome outcome = lock_.AcquireRead(deadline, stop, slot);
    return Remember(outcome, slot);
  }

  void Undo(bool shared, Outcome outcome) noexcept {
    if (outcome != Outcome::kAcquired && outcome != Outcome::kAcquiredFromDead) return;
    if (shared) {
      ReleaseShared();
    } else {
      ReleaseExclusive();
    }
  }

  void WakeAll() noexcept { lock_.WakeAll(); }
  bool MarkConsistent() noexcept { return lock_.MarkConsistent(); }
  uint64_t Owner() noexcept { return lock_.Writer(); }

  std::vector<uint64_t> Readers() noexcept {
    std::vector<uint64_t> readers;
    for (uint32_t i = 0; i < reader_count_; ++i) {
      uint64_t reader = cell_->readers()[i].load(std::memory_order_relaxed);
      if (reader != 0) readers.push_back(reader);
    }
    return readers;
  }

  bool faulted() const noexcept { return segment_->faulted(); }

 private:
  Outcome Remember(Outcome outcome, size_t slot) noexcept {
    if (outcome == Outcome::kAcquired || outcome == Outcome::kAcquiredFromDead) {
      std::lock_guard<std::mutex> guard(slots_mutex_);
      slots_.push_back(slot);
    }
    return outcome;
  }

  const std::unique_ptr<Segment> segment_;
  const std::unique_ptr<Liveness> liveness_;
  Ground ground_;
  LockCell* const cell_;
  const uint32_t reader_count_;  // as checked: what the shared word says later is not trusted
  RobustRwLock<Ground> lock_;
  std::mutex slots_mutex_;  // a wait in a thread may end while JavaScript releases
  std::vector<size_t> slots_;
};

namespace {

constexpr SysError kTruncated = {"ERR_SHM_TRUNCATED", 0, "mmap"};

// For a wait that blocks JavaScript, which looks at this between its slices: raised when the Worker
// has been told to end. Without it neither terminate() nor the process's exit() would return before
// the lock is free.
class EnvironmentEnd final : public StopFlag {
 public:
  explicit EnvironmentEnd(napi_env env) noexcept : env_(env) {}

  // Node-API then refuses every function that could run JavaScript.
  bool raised() const noexcept override {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return true;
    napi_value global;
    bool found;
    bool refused = napi_get_global(env_, &global) != napi_ok ||
                   napi_has_named_property(env_, global, "globalThis", &found) != napi_ok;
    napi_close_handle_scope(env_, scope);
    return refused;
  }

 private:
  const napi_env env_;
};

napi_value ToNumber(napi_env env, int number) {
  napi_value value;
  napi_create_int32(env, number, &value);
  return value;
}

napi_value ToBoolean(napi_env env, bool boolean) {
  napi_value value;
  napi_get_boolean(env, boolean, &value);
  return value;
}

LockObject* BoundObject(napi_env env, napi_callback_info info) {
  void* object = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &object);
  return static_cast<LockObject*>(object);
}

}  // namespace

Napi::Function LockObject::Define(Napi::Env env) {
  return DefineClass(env, "Lock",
                     {
                         InstanceMethod<&LockObject::Wait>("wait"),
                         InstanceMethod<&LockObject::StartWait>("startWait"),
                         InstanceMethod<&LockObject::MarkConsistent>("markConsistent"),
                         InstanceMethod<&LockObject::Holders>("holders"),
                         InstanceMethod<&LockObject::Close>("close"),
                     });
}

LockObject::LockObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LockObject>(info) {}

Napi::Value LockObject::Wrap(Napi::Env env, Result<std::shared_ptr<Lock>> lock) {
  if (!lock.ok()) return ToFailure(env, lock.error());
  Napi::Object object = Environment::Of(env).lock_class.New({});
  LockObject* self = Unwrap(object);
  self->lock_ = std::move(lock.value());
  const napi_property_descriptor bound[] = {
      {"tryExclusive", nullptr, TryExclusive, nullptr, nullptr, nullptr, napi_default, self},
      {"releaseExclusive", nullptr, ReleaseExclusive, nullptr, nullptr, nullptr, napi_default,
       self},
      {"tryShared", nullptr, TryShared, nullptr, nullptr, nullptr, napi_default, self},
      {"releaseShared", nullptr, ReleaseShared, nullptr, nullptr, nullptr, napi_default, self},
  };
  napi_define_properties(env, object, std::size(bound), bound);
  return object;
}

Napi::Value LockObject::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  LockCell::Kind kind = KindOf(info[0]);
  std::string name = info[1].As<Napi::String>();
  uint32_t readers = info[2].As<Napi::Number>().Uint32Value();
  LockCell cell = {};
  cell.Initialize(kind, RandomToken(), readers);
  Segment::CreateOptions options = {};
  options.name = name.c_str();
  options.size = LockCell::SizeFor(readers);
  options.mode = info[3].As<Napi::Number>().Uint32Value();
  options.reserve = true;
  options.content = &cell;
  options.content_length = sizeof(cell);
  bool track = info[4].As<Napi::Boolean>();
  for (;;) {
    Tracker::Candidate candidate(Environment::Of(env).tracker, Kind::kSegment, name);
    Result<std::unique_ptr<Segment>> segment =
        Segment::Create(options, track ? &candidate : nullptr);
    if (!segment.ok()) {
      candidate.Discard();
      return ToFailure(env, segment.error());
    }
    candidate.Settle();
    Identity identity = segment.value()->identity();
    Result<std::shared_ptr<Lock>> lock = Lock::Open(name.c_str(), kind, std::move(segment.value()));
    if (lock.ok()) return WithSerial(Wrap(env, std::move(lock)), candidate);
    candidate.Discard();
    // Whoever has unlinked it since, and may have made another one, has not seen it in use.
    bool still_ours = Segment::HasIdentity(name.c_str(), identity);
    if (still_ours) (void)Segment::Unlink(name.c_str());
    if (still_ours || lock.error().number != ENOENT) return ToFailure(env, lock.error());
  }
}

Napi::Value LockObject::Attach(const Napi::CallbackInfo& info) {
  std::string name = info[1].As<Napi::String>();
  Result<std::unique_ptr<Segment>> segment = Segment::Attach(name.c_str(), false);
  if (!segment.ok()) return ToFailure(info.Env(), segment.error());
  return Wrap(info.Env(), Lock::Open(name.c_str(), KindOf(info[0]), std::move(segment.value())));
}

napi_value LockObject::TryExclusive(napi_env env, napi_callback_info info) {
  Lock* lock = BoundObject(env, info)->lock_.get();
  if (lock == nullptr) return nullptr;
  auto outcome = static_cast<int>(lock->TryExclusive());
  return lock->faulted() ? ToFailure(env, kTruncated) : ToNumber(env, outcome);
}

napi_value LockObject::ReleaseExclusive(napi_env env, napi_callback_info info) {
  Lock* lock = BoundObject(env, info)->lock_.get();
  if (lock == nullptr) return nullptr;
  bool released = lock->ReleaseExclusive();
  return lock->faulted() ? ToFailure(env, kTruncated) : ToBoolean(env, released);
}

napi_value LockObject::TryShared(napi_env env, napi_callback_info info) {
  Lock* lock = BoundObject(env, info)->lock_.get();
  if (lock == nullptr) return nullptr;
  auto outcome = static_cast<int>(lock->TryShared());
  return lock->faulted() ? ToFailure(env, kTruncated) : ToNumber(env, outcome);
}

napi_value LockObject::ReleaseShared(napi_env env, napi_callback_info info) {
  Lock* lock = BoundObject(env, info)->lock_.get();
  if (lock == nullptr) return nullptr;
  bool released = lock->ReleaseShared();
  return lock->faulted() ? ToFailure(env, kTruncated) : ToBoolean(env, released);
}

Napi::Value LockObject::Wait(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!lock_) return env.Undefined();
  bool shared = info[0].As<Napi::Boolean>();
  double timeout_ms = info[1].As<Napi::Number>().DoubleValue();
  Outcome outcome = lock_->Wait(shared, timeout_ms, EnvironmentEnd(env));
  if (lock_->faulted()) return ToFailure(env, kTruncated);
  return Napi::Number::New(env, static_cast<int>(outcome));
}

Napi::Value LockObject::StartWait(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!lock_) return env.Undefined();
  bool shared = info[0].As<Napi::Boolean>();
  double timeout_ms = info[1].As<Napi::Number>().DoubleValue();
  WaitPool::Wait wait;
  wait.run = [lock = lock_, shared, timeout_ms](const StopFlag& stop) -> WaitPool::Answer {
    Outcome outcome = lock->Wait(shared, timeout_ms, stop);
    if (lock->faulted()) return kTruncated;
    return static_cast<int>(outcome);
  };
  wait.wake = [lock = lock_] { lock->WakeAll(); };
  wait.undo = [lock = lock_, shared](int outcome) {
    lock->Undo(shared, static_cast<Outcome>(outcome));
  };
  return Environment::Of(env).StartWait(env, std::move(wait), info[2]);
}

Napi::Value LockObject::MarkConsistent(const Napi::CallbackInfo& info) {
  if (!lock_) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), lock_->MarkConsistent());
}

Napi::Value LockObject::Holders(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!lock_) return env.Undefined();
  uint64_t writer = lock_->Owner();
  std::vector<uint64_t> reader_tokens = lock_->Readers();
  if (lock_->faulted()) return ToFailure(env, kTruncated);
  Napi::Object holders = Napi::Object::New(env);
  holders.Set("writer", Napi::BigInt::New(env, writer));
  Napi::Array readers = Napi::Array::New(env);
  for (uint64_t reader : reader_tokens)
    readers.Set(readers.Length(), Napi::BigInt::New(env, reader));
  holders.Set("readers", readers);
  return holders;
}

void LockObject::Close(const Napi::CallbackInfo&) { lock_.reset(); }

}  // namespace named_shm
