#pragma once

#include <cstdint>

namespace named_shm {

// Which object a name stood for, so that one made later under the same name is not taken for it.
// Zero in both fields where a system tells none.
struct Identity {
  uint64_t device;
  uint64_t inode;
};

// Hears the identity of an object that is about to show under its name (or, on systems that can't
// make one unseen, just has): the moment to write down who has to remove it. Never called on
// systems where names go by themselves.
class DebutObserver {
 public:
  virtual void OnDebut(Identity identity) noexcept = 0;

 protected:
  ~DebutObserver() = default;
};

}  // namespace named_shm
