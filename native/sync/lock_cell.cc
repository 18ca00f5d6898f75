#include "sync/lock_cell.h"

#include <cstring>

namespace named_shm {

namespace {

constexpr char kMagic[8] = {'N', 'S', 'H', 'M', 'L', 'O', 'C', 'K'};
constexpr uint32_t kVersion = 1;
constexpr double kPatienceMs = 100;

constexpr uint32_t Hash(const char* text) noexcept {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (; *text != '\0'; ++text) hash = (hash ^ static_cast<uint8_t>(*text)) * 16777619u;
  return hash;
}

constexpr uint32_t kLayout = Hash(
    "magic:8 kind:4 layout:4 key:8 readers:4 version:4 state:8(owner61 contended62 inconsistent63) "
    "wake:4 left:4 pad:16 readers[]:8");

}  // namespace

void LockCell::Initialize(Kind kind_of_lock, uint64_t random_key,
                          uint32_t readers_at_most) noexcept {
  memcpy(magic, kMagic, sizeof(kMagic));
  kind = kind_of_lock;
  layout = kLayout;
  key = random_key;
  reader_count = readers_at_most;
  version.store(kVersion, std::memory_order_release);
}

Result<void> LockCell::Check(Kind expected, size_t size) noexcept {
  constexpr SysError kForeign = {"ERR_SHM_CORRUPT", 0, "mmap"};
  if (size < sizeof(LockCell)) return kForeign;
  double deadline = MonotonicMs() + kPatienceMs;
  uint32_t seen;
  while ((seen = version.load(std::memory_order_acquire)) == 0 && MonotonicMs() < deadline)
    Park(0, version, 0, 1);  // the key is not there yet, and nobody wakes
  if (seen != kVersion || memcmp(magic, kMagic, sizeof(kMagic)) != 0 || kind != expected ||
      layout != kLayout || size < SizeFor(reader_count)) {
    return kForeign;
  }
  return {};
}

}  // namespace named_shm
