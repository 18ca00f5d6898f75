#pragma once

#include <napi.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "core/stop_flag.h"
#include "platform/waiting_thread.h"

namespace named_shm {

// Waits that JavaScript awaits: each blocks a thread of its own and ends in a callback on the
// environment's event loop. libuv's pool is left alone: four blocked waits would stop fs, dns and
// zlib. A pending wait keeps the event loop alive. Threads are used again and end when idle.
class WaitPool {
 public:
  // What a wait came to; the number means something to the waiting object alone, as JavaScript
  // gets it.
  using Answer = Result<int>;

  struct Wait {
    std::function<Answer(const StopFlag&)> run;  // in the thread
    std::function<void()> wake;                  // ends `run` once the flag is raised; may be null
    std::function<void(int)> undo;  // gives back what an interrupted wait has got all the same
  };

  explicit WaitPool(Napi::Env env);

  // Ends every wait and joins every thread. JavaScript hears no more of them.
  void End() noexcept;

  // Calls `callback` with the number or a failure when the wait is over; returns the wait's id.
  Result<uint32_t> Start(Wait wait, Napi::Function callback) noexcept;

  // Makes the wait end soon, and come to nothing whatever its answer says. Not certain to succeed
  // at once: to be repeated until the callback has come.
  void Interrupt(uint32_t id) noexcept;

 private:
  struct Thread;
  struct Job {
    uint32_t id;
    Wait wait;
    StopFlag stop;
    Napi::FunctionReference callback;
    Thread* thread = nullptr;
    Answer answer = 0;
    bool over = false;  // the thread is done with it
    bool nudged = false;
  };
  struct Thread {
    std::unique_ptr<WaitingThread> thread;
    std::condition_variable woken;
    std::shared_ptr<Job> job;  // to do next
    bool busy = true;
    bool ended = false;
  };

  static void Deliver(napi_env env, napi_value, void* context, void* data);
  void RunThread(Thread& self) noexcept;
  Result<Thread*> ThreadFor(std::shared_ptr<Job> job) noexcept;
  void ReapEndedThreads() noexcept;
  void InterruptLocked(Job& job) noexcept;

  Napi::Env env_;
  napi_threadsafe_function deliver_ = nullptr;
  std::mutex mutex_;
  std::condition_variable over_;
  std::unordered_map<uint32_t, std::shared_ptr<Job>> jobs_;  // not yet delivered
  std::vector<std::unique_ptr<Thread>> threads_;
  uint32_t last_id_ = 0;
  bool ending_ = false;
};

}  // namespace named_shm
