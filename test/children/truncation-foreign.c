// Another addon in the same process, with files and signal handlers of its own.

#define _GNU_SOURCE
#include <node_api.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Maps a file that named-shm knows nothing of, cuts it to nothing and reads it: SIGBUS.
static napi_value Fault(napi_env env, napi_callback_info info) {
  (void)info;
  int fd = memfd_create("foreign", 0);
  if (ftruncate(fd, 4096) != 0) return NULL;
  volatile char* bytes = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED || ftruncate(fd, 0) != 0) return NULL;
  napi_value value;
  napi_create_int32(env, bytes[0], &value);
  return value;
}

static void Finish(const char* text, int code) {
  if (write(STDOUT_FILENO, text, strlen(text)) < 0) code = 1;
  _exit(code);
}

static void OnPlain(int signal) { Finish(signal == SIGBUS ? "plain\n" : "wrong\n", 42); }

static void OnInfo(int signal, siginfo_t* info, void* context) {
  (void)signal;
  Finish(context && info->si_addr ? "info\n" : "sent\n", 43);
}

// handle(withInfo): installs a SIGBUS handler that ends the process with a code of its own.
static napi_value Handle(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  bool with_info = false;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_bool(env, argument, &with_info);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  if (with_info) {
    action.sa_sigaction = OnInfo;
    action.sa_flags = SA_SIGINFO;
  } else {
    action.sa_handler = OnPlain;
  }
  sigaction(SIGBUS, &action, NULL);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, NULL, 0, Fault, NULL, &function);
  napi_set_named_property(env, exports, "fault", function);
  napi_create_function(env, NULL, 0, Handle, NULL, &function);
  napi_set_named_property(env, exports, "handle", function);
  return exports;
}
