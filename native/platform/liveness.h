#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "platform/identity.h"

namespace named_shm {

// A proof of life that the kernel takes back when its holder is gone, however it went: it knows no
// reused process ids and holds across pid namespaces. A holder is known by its token, a random
// number from 1 to 2^61 - 1.
class Liveness {
 public:
  // Which segment the tokens are about.
  struct Place {
    const char* name;
    Identity identity;  // of the segment that is mapped: the name may stand for another by now
    uint64_t key;       // random, one for each segment, written in it
  };

  // Claims the token for as long as the object lives. ENOENT where the name is no longer that
  // segment's.
  static Result<std::unique_ptr<Liveness>> Claim(const Place& place, uint64_t token) noexcept;

  virtual ~Liveness() = default;

  // Whether somebody else holds the token. True also where that can't be found out.
  virtual bool IsAlive(uint64_t token) const noexcept = 0;
};

}  // namespace named_shm
