// Not the `signal-exit` package, nor any listener in JavaScript: a listener makes a program deaf to
// Ctrl-C while it blocks in acquireSync(), is not called in a Worker, and can't tell for sure
// whether the program has one of its own (one added by `once` is gone before the next listener
// looks). A handler below JavaScript has none of these troubles, and is out of the way as soon as
// the program listens.

#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <mutex>

#include "platform/posix/pin.h"
#include "platform/process_end.h"

namespace named_shm {

namespace {

// What people, shells and supervisors send, and what a program does to itself.
constexpr int kSignals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGABRT,  SIGALRM,
                            SIGTERM, SIGUSR2, SIGXCPU, SIGVTALRM};

std::mutex g_mutex;
void (*g_action)() noexcept = nullptr;
struct sigaction g_previous[std::size(kSignals)];

void OnSignal(int signal) noexcept {
  int saved_errno = errno;
  g_action();
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    // As without us: Node's own handler puts the terminal in order and dies of the signal.
    if (kSignals[i] == signal) sigaction(signal, &g_previous[i], nullptr);
  }
  raise(signal);  // delivered when this handler returns
  errno = saved_errno;
}

// True for the default, and for a handler that is meant to run once and end the process (Node's).
// libuv's, which calls a program's listeners, stays.
bool EndsTheProcess(const struct sigaction& action) noexcept {
  if (action.sa_flags & SA_RESETHAND) return true;
  return !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

}  // namespace

void CallAtProcessEnd(void (*action)() noexcept) noexcept {
  {
    std::lock_guard<std::mutex> lock(g_mutex);
    if (g_action != nullptr) return;
    g_action = action;
    PinAddon();
    atexit([] { g_action(); });
  }
  WatchSignals();
}

void WatchSignals() noexcept {
  std::lock_guard<std::mutex> lock(g_mutex);
  if (g_action == nullptr) return;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction current;
    if (sigaction(kSignals[i], nullptr, &current) == -1 || !EndsTheProcess(current)) continue;
    g_previous[i] = current;
    struct sigaction action = {};
    action.sa_handler = &OnSignal;
    sigfillset(&action.sa_mask);
    sigaction(kSignals[i], &action, nullptr);
  }
}

}  // namespace named_shm
