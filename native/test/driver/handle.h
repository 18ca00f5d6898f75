#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/segment.h"
#include "sync/lock_cell.h"
#include "test/driver/check.h"

namespace test {

// A named lock's segment, gone with the object.
class NamedLock {
 public:
  explicit NamedLock(uint32_t readers);
  ~NamedLock() { (void)named_shm::Segment::Unlink(name_.c_str()); }
  NamedLock(const NamedLock&) = delete;
  NamedLock& operator=(const NamedLock&) = delete;

  const std::string& name() const { return name_; }
  named_shm::Segment& segment() { return *segment_; }

 private:
  const std::string name_ = UniqueName();
  std::unique_ptr<named_shm::Segment> segment_;
};

// One handle of it, as a program has them: a token, its proof of life, and the lock.
//
// Over the mapping that is given, or over one of its own. ThreadSanitizer knows words by their
// address: threads that it is to follow have to share a mapping.
class Handle {
 public:
  explicit Handle(NamedLock& lock) : Handle(lock.name(), lock.segment()) {}
  explicit Handle(const std::string& name) : Handle(name, Attach(name)) {}

  named_shm::RobustRwLock<named_shm::Ground>* operator->() { return &lock_; }
  bool IsAlive(uint64_t token) { return ground_.IsAlive(token); }
  uint64_t token() const { return token_; }

 private:
  Handle(const std::string& name, named_shm::Segment& segment);
  Handle(const std::string& name, std::unique_ptr<named_shm::Segment> segment)
      : Handle(name, *segment) {
    own_ = std::move(segment);
  }
  static std::unique_ptr<named_shm::Segment> Attach(const std::string& name);

  std::unique_ptr<named_shm::Segment> own_;
  const uint64_t token_ = RandomToken();
  std::unique_ptr<named_shm::Liveness> liveness_;
  named_shm::Ground ground_;
  named_shm::RobustRwLock<named_shm::Ground> lock_;
};

inline bool IsHeld(named_shm::Outcome outcome) {
  return outcome == named_shm::Outcome::kAcquired ||
         outcome == named_shm::Outcome::kAcquiredFromDead;
}

}  // namespace test
