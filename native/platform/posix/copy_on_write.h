#pragma once

#include <cstddef>

#include "core/result.h"
#include "platform/posix/unique_fd.h"

namespace named_shm {

// Maps an object so that writes stay in this process, a page at a time, and pages that were not
// written show what others write. All of it can be read and written; a descriptor for reading will
// do.
Result<void*> MapCopyOnWrite(const UniqueFd& fd, size_t length) noexcept;

}  // namespace named_shm
