#pragma once

#include <cstring>

namespace named_shm {

// A bare name with a prefix in front, for one system call. The callers' callers have checked the
// length: what would not fit is cut at a length that every system refuses.
class PosixName {
 public:
  explicit PosixName(const char* name, const char* prefix = "/") noexcept {
    size_t prefix_length = strlen(prefix);
    memcpy(path_, prefix, prefix_length);
    strncpy(path_ + prefix_length, name, sizeof(path_) - prefix_length - 1);
    path_[sizeof(path_) - 1] = '\0';
  }

  const char* c_str() const noexcept { return path_; }

 private:
  char path_[512];
};

}  // namespace named_shm
