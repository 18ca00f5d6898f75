#include <pthread.h>
#include <signal.h>

#include <climits>
#include <mutex>
#include <new>

#include "platform/posix/errors.h"
#include "platform/waiting_thread.h"

namespace named_shm {

namespace {

constexpr size_t kStackSize = 128 * 1024;

// By default this signal does nothing, so that a stray one does no harm. A handler of ours, without
// SA_RESTART, is what makes it end a system call.
constexpr int kNudge = SIGURG;

void InstallNudge() noexcept {
  struct sigaction current;
  // Where the program has a handler of its own, waits end with their slice instead.
  if (sigaction(kNudge, nullptr, &current) == -1 || (current.sa_flags & SA_SIGINFO) ||
      (current.sa_handler != SIG_DFL && current.sa_handler != SIG_IGN)) {
    return;
  }
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  sigaction(kNudge, &action, nullptr);
}

class PosixWaitingThread final : public WaitingThread {
 public:
  explicit PosixWaitingThread(std::function<void()> body) noexcept : body_(std::move(body)) {}

  int Start() noexcept {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    size_t smallest = static_cast<size_t>(PTHREAD_STACK_MIN);
    pthread_attr_setstacksize(&attributes, kStackSize > smallest ? kStackSize : smallest);
    // Signals are the main thread's; only the nudge is for us.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, kNudge);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGPROF);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread_, &attributes, &Run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return error;
  }

  void Nudge() noexcept override { pthread_kill(thread_, kNudge); }
  void Join() noexcept override { pthread_join(thread_, nullptr); }

 private:
  static void* Run(void* self) noexcept {
    static_cast<PosixWaitingThread*>(self)->body_();
    return nullptr;
  }

  const std::function<void()> body_;
  pthread_t thread_{};
};

}  // namespace

Result<std::unique_ptr<WaitingThread>> WaitingThread::Start(std::function<void()> body) noexcept {
  static std::once_flag once;
  std::call_once(once, InstallNudge);
  auto thread =
      std::unique_ptr<PosixWaitingThread>(new (std::nothrow) PosixWaitingThread(std::move(body)));
  if (thread == nullptr) return ErrorOf(ENOMEM, "pthread_create");
  int error = thread->Start();
  if (error != 0) return ErrorOf(error, "pthread_create");
  return std::unique_ptr<WaitingThread>(std::move(thread));
}

}  // namespace named_shm
