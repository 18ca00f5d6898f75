#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "core/result.h"
#include "platform/posix/unique_fd.h"

namespace named_shm {

// Makes a file longer, by zeros. `reserve` allocates them: a full disk or memory is an error now.
// With it, a file that another program has made longer meanwhile is not cut.
Result<void> GrowFile(const UniqueFd& fd, uint64_t from, uint64_t to, bool reserve) noexcept;

// CPython, and anybody on a system without unnamed files, makes a segment first and sizes it then:
// waits for that. The size is 0 where it still has none after the wait. What can't be mapped (a
// FIFO, a folder) is EINVAL of `syscall`.
Result<struct stat> StatusOnceSized(const UniqueFd& fd, const char* syscall) noexcept;

// fstat, with the same check.
Result<struct stat> StatusOf(const UniqueFd& fd, const char* syscall) noexcept;

}  // namespace named_shm
