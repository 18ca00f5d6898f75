#pragma once

#include <functional>

#include "core/result.h"
#include "platform/identity.h"
#include "platform/posix/unique_fd.h"

// On Linux named segments and semaphores are files in /dev/shm (shm_overview(7), sem_overview(7)),
// with glibc and musl alike.
namespace named_shm {

inline constexpr const char* kFolder = "/dev/shm/";
inline constexpr const char* kSemaphorePrefix = "/dev/shm/sem.";

// Makes a file whole before its name appears: an unnamed file is handed to `fill` (which gives it
// its size and content) and linked under `path` when it is done, or fails with EEXIST. A process
// that is killed on the way leaves nothing, and no other one ever sees it half-made.
//
// ENOTSUP: this file system has no unnamed files, or /proc is missing where it is needed.
Result<UniqueFd> PublishWhole(const char* path, uint32_t mode, DebutObserver* observer,
                              const std::function<Result<void>(const UniqueFd&)>& fill) noexcept;

Identity IdentityOf(const UniqueFd& fd) noexcept;

bool FileHasIdentity(const char* path, Identity identity) noexcept;

}  // namespace named_shm
