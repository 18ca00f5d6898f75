#include "binding/wait_pool.h"

#include <chrono>

#include "binding/failure.h"

namespace named_shm {

namespace {

// A thread that has nothing to do waits this long for the next wait.
constexpr auto kIdle = std::chrono::seconds(1);

}  // namespace

WaitPool::WaitPool(Napi::Env env) : env_(env) {
  napi_value name;
  napi_create_string_utf8(env, "named-shm wait", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this,
                                  &WaitPool::Deliver, &deliver_);
  napi_unref_threadsafe_function(env, deliver_);
}

Result<uint32_t> WaitPool::Start(Wait wait, Napi::Function callback) noexcept {
  auto job = std::make_shared<Job>();
  job->wait = std::move(wait);
  job->callback = Napi::Persistent(callback);
  std::lock_guard<std::mutex> lock(mutex_);
  ReapEndedThreads();
  job->id = ++last_id_;
  Result<Thread*> thread = ThreadFor(job);
  if (!thread.ok()) return thread.error();
  job->thread = thread.value();
  if (jobs_.empty()) napi_ref_threadsafe_function(env_, deliver_);
  jobs_.emplace(job->id, job);
  return job->id;
}

Result<WaitPool::Thread*> WaitPool::ThreadFor(std::shared_ptr<Job> job) noexcept {
  for (auto& thread : threads_) {
    if (thread->busy || thread->ended) continue;
    thread->busy = true;
    thread->job = std::move(job);
    thread->woken.notify_one();
    return thread.get();
  }
  auto thread = std::make_unique<Thread>();
  Thread* self = thread.get();
  self->job = std::move(job);
  Result<std::unique_ptr<WaitingThread>> started =
      WaitingThread::Start([this, self] { RunThread(*self); });
  if (!started.ok()) return started.error();
  self->thread = std::move(started.value());
  threads_.push_back(std::move(thread));
  return self;
}

void WaitPool::RunThread(Thread& self) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (self.job) {
      std::shared_ptr<Job> job = std::move(self.job);
      lock.unlock();
      Answer answer = job->wait.run(job->stop);
      lock.lock();
      job->answer = answer;
      job->over = true;
      self.busy = false;
      if (ending_) over_.notify_all();
      // With the lock held: End() can't have let go of the function.
      if (!ending_) {
        auto id = static_cast<uintptr_t>(job->id);
        napi_call_threadsafe_function(deliver_, reinterpret_cast<void*>(id), napi_tsfn_nonblocking);
      }
      continue;
    }
    if (ending_ || self.woken.wait_for(lock, kIdle) == std::cv_status::timeout) {
      if (self.job) continue;
      self.ended = true;
      return;
    }
  }
}

void WaitPool::ReapEndedThreads() noexcept {
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    if (!(*thread)->ended) {
      ++thread;
      continue;
    }
    (*thread)->thread->Join();
    thread = threads_.erase(thread);
  }
}

void WaitPool::Deliver(napi_env raw_env, napi_value, void* context, void* data) {
  if (raw_env == nullptr) return;  // The environment is ending; End() has seen to the answer.
  auto* self = static_cast<WaitPool*>(context);
  std::shared_ptr<Job> job;
  {
    std::lock_guard<std::mutex> lock(self->mutex_);
    auto found = self->jobs_.find(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(data)));
    if (found == self->jobs_.end()) return;
    job = std::move(found->second);
    self->jobs_.erase(found);
    if (self->jobs_.empty()) napi_unref_threadsafe_function(raw_env, self->deliver_);
  }
  // Told to end, it may have got what it waited for all the same.
  bool unwanted = job->stop.raised();
  if (unwanted && job->answer.ok()) job->wait.undo(job->answer.value());
  Napi::Env env(raw_env);
  Napi::HandleScope scope(env);
  napi_value answer = job->answer.ok()
                          ? static_cast<napi_value>(Napi::Number::New(env, job->answer.value()))
                          : static_cast<napi_value>(ToFailure(env, job->answer.error()));
  // Not by way of Napi::Function, which aborts the process where JavaScript can't be called: in a
  // Worker that has been told to end. What it waited for is then nobody's.
  bool heard = napi_call_function(env, env.Undefined(), job->callback.Value(), 1, &answer,
                                  nullptr) == napi_ok;
  if (!heard && !unwanted && job->answer.ok()) job->wait.undo(job->answer.value());
}

void WaitPool::Interrupt(uint32_t id) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = jobs_.find(id);
  if (found != jobs_.end()) InterruptLocked(*found->second);
}

void WaitPool::InterruptLocked(Job& job) noexcept {
  job.stop.Raise();
  if (job.over) return;
  // Waking reaches all who wait for the same thing, a nudge this thread alone: a thousand waits
  // that end together would otherwise wake each other a thousand times.
  if (job.nudged && job.wait.wake) job.wait.wake();
  job.nudged = true;
  job.thread->thread->Nudge();
}

void WaitPool::End() noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  ending_ = true;
  for (auto& thread : threads_) thread->woken.notify_one();
  for (auto& [id, job] : jobs_) {
    while (!job->over) {
      InterruptLocked(*job);
      over_.wait_for(lock, std::chrono::milliseconds(1));
    }
    if (job->answer.ok()) job->wait.undo(job->answer.value());
    job->callback.Reset();
  }
  jobs_.clear();
  lock.unlock();
  for (auto& thread : threads_) thread->thread->Join();
  threads_.clear();
  napi_release_threadsafe_function(deliver_, napi_tsfn_abort);
}

}  // namespace named_shm
