#include "test/driver/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <random>

namespace test {

namespace {

constexpr unsigned kDeadlineSeconds = 60;

std::atomic<bool> holds{true};
bool any_failed = false;

}  // namespace

void Test(const char* name, const std::function<void()>& body) {
  holds = true;
  alarm(kDeadlineSeconds);  // SIGALRM ends the program.
  body();
  alarm(0);
  printf("%s %s\n", holds ? "ok" : "not ok", name);
  fflush(stdout);
  any_failed = any_failed || !holds;
}

void Check(bool condition, const char* what) {
  if (condition) return;
  holds = false;
  printf("  failed: %s\n", what);
  fflush(stdout);
}

bool AnyFailed() { return any_failed; }

std::string UniqueName() {
  static int count = 0;
  return "native-test-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

uint64_t RandomToken() {
  static std::random_device random;
  uint64_t token = (uint64_t{random()} << 32 | random()) & ((uint64_t{1} << 61) - 1);
  return token == 0 ? 1 : token;
}

Child::Child(const std::function<void()>& body) : pid_(fork()) {
  if (pid_ != 0) return;
  holds = true;
  alarm(kDeadlineSeconds);
  body();
  _exit(holds ? 0 : 1);
}

Child::~Child() {
  if (pid_ <= 0) return;
  Kill();
  Ends();
}

void Child::Kill() { kill(pid_, SIGKILL); }

void Child::Continue() {
  waitpid(pid_, nullptr, WUNTRACED);
  kill(pid_, SIGCONT);
}

bool Child::Ends() {
  int status = -1;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace test
