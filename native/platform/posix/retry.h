#pragma once

#include <cerrno>

namespace named_shm {

// Repeats a system call that a signal cut short before it had done anything.
template <typename Call>
auto Retry(Call call) noexcept -> decltype(call()) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

// The same for the calls that return the error instead of setting errno.
template <typename Call>
int RetryReturned(Call call) noexcept {
  int error;
  do {
    error = call();
  } while (error == EINTR);
  return error;
}

}  // namespace named_shm
