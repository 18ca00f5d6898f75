#pragma once

#include <cstddef>

#include "core/result.h"

namespace named_shm {

// Maps the pages of a shared mapping a second time, in place of what is at `to`. Needs no
// descriptor and no name: both may be gone. A copy-on-write mapping is EINVAL.
Result<void> DuplicateMapping(void* from, size_t length, void* to) noexcept;

}  // namespace named_shm
