#pragma once

#include <cstdint>
#include <utility>

#include "core/result.h"
#include "platform/identity.h"
#include "platform/posix/unique_fd.h"

// On Linux named segments and semaphores are files in /dev/shm (shm_overview(7), sem_overview(7)),
// with glibc and musl alike.
namespace named_shm {

inline constexpr const char* kFolder = "/dev/shm/";
inline constexpr const char* kSemaphorePrefix = "/dev/shm/sem.";

// A new file without a name. ENOTSUP: this file system has none.
Result<UniqueFd> OpenUnnamed(uint32_t mode) noexcept;

// EEXIST where the name is taken; ENOTSUP where /proc is missing and would be needed.
Result<void> GiveName(const UniqueFd& fd, const char* path) noexcept;

Identity IdentityOf(const UniqueFd& fd) noexcept;

bool FileHasIdentity(const char* path, Identity identity) noexcept;

// Makes a file whole before its name appears: `make` gives an unnamed one its size and content and
// returns (as a Result) the object that is open on it. Nothing is left to do or to fail once the
// name shows: what it stands for a moment later may be somebody else's. A process that is killed on
// the way leaves nothing, and no other one ever sees it half-made.
template <typename Make>
auto PublishWhole(const char* path, uint32_t mode, DebutObserver* observer,
                  const Make& make) noexcept -> decltype(make(std::declval<const UniqueFd&>())) {
  Result<UniqueFd> fd = OpenUnnamed(mode);
  if (!fd.ok()) return fd.error();
  auto made = make(fd.value());
  if (!made.ok()) return made;
  if (observer) observer->OnDebut(IdentityOf(fd.value()));
  Result<void> named = GiveName(fd.value(), path);
  if (!named.ok()) return named.error();
  return made;
}

}  // namespace named_shm
