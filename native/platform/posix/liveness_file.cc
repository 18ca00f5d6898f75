// For systems whose shared memory knows no locks: each holder locks a regular file of its own,
// named after the segment's key and the holder's token (flock(2): it belongs to the open file). A
// file that is missing, or that can be locked, says that the holder is dead.

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <new>

#include "platform/liveness.h"
#include "platform/posix/errors.h"
#include "platform/posix/retry.h"
#include "platform/posix/unique_fd.h"

namespace named_shm {

namespace {

// For all users, as the segment may be: whoever may attach must be able to look.
constexpr const char* kFolder = "/tmp/named-shm-liveness";

class Path {
 public:
  Path(uint64_t key, uint64_t token) noexcept {
    snprintf(text_, sizeof(text_), "%s/%016" PRIx64 "-%016" PRIx64, kFolder, key, token);
  }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[96];
};

// Whether the file's holder is alive; where it is not, the file is gone with it.
bool HolderLives(const char* path) noexcept {
  UniqueFd fd(Retry([&] { return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); }));
  if (!fd.valid()) return errno != ENOENT;
  if (Retry([&] { return flock(fd.get(), LOCK_SH | LOCK_NB); }) == -1) return true;
  unlink(path);
  return false;
}

// Nobody asks about one that was killed while it held nothing: whoever comes next tidies up.
void RemoveFilesOfDead() noexcept {
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) return;
  while (const struct dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    char path[sizeof(entry->d_name) + 32];
    snprintf(path, sizeof(path), "%s/%s", kFolder, entry->d_name);
    HolderLives(path);
  }
  closedir(folder);
}

class FileLiveness final : public Liveness {
 public:
  FileLiveness(UniqueFd fd, uint64_t key, uint64_t token) noexcept
      : fd_(std::move(fd)), key_(key), token_(token) {}

  ~FileLiveness() override {
    unlink(Path(key_, token_).c_str());
    rmdir(kFolder);  // as the last one
  }

  bool IsAlive(uint64_t token) const noexcept override {
    return HolderLives(Path(key_, token).c_str());
  }

 private:
  const UniqueFd fd_;
  const uint64_t key_;
  const uint64_t token_;
};

}  // namespace

Result<std::unique_ptr<Liveness>> Liveness::Claim(const Place& place, uint64_t token) noexcept {
  RemoveFilesOfDead();
  Path path(place.key, token);
  for (;;) {
    if (mkdir(kFolder, 0777) == 0) chmod(kFolder, 01777);
    int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd fd(Retry([&] { return open(path.c_str(), flags, 0644); }));
    // Somebody's rmdir came between.
    if (!fd.valid() && errno == ENOENT) continue;
    if (!fd.valid()) return LastError("open");
    if (Retry([&] { return flock(fd.get(), LOCK_EX); }) == -1) return LastError("flock");
    // A look between open and flock would have taken it for a dead one's.
    struct stat status;
    if (fstat(fd.get(), &status) == -1 || status.st_nlink == 0) continue;
    auto* liveness = new (std::nothrow) FileLiveness(std::move(fd), place.key, token);
    if (liveness == nullptr) return ErrorOf(ENOMEM, "open");
    return std::unique_ptr<Liveness>(liveness);
  }
}

}  // namespace named_shm
