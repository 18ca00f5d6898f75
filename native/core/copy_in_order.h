#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace named_shm {

// Fills memory that others may already read, eight bytes at a time: whoever sees (with acquire)
// some of them sees all those before them. Both addresses are multiples of 8.
inline void CopyInOrder(void* to, const void* from, size_t length) noexcept {
  auto* words = static_cast<std::atomic<uint64_t>*>(to);
  size_t whole = length / sizeof(uint64_t);
  for (size_t i = 0; i < whole; ++i) {
    uint64_t word;
    memcpy(&word, static_cast<const char*>(from) + i * sizeof(word), sizeof(word));
    words[i].store(word, std::memory_order_release);
  }
  size_t done = whole * sizeof(uint64_t);
  memcpy(static_cast<char*>(to) + done, static_cast<const char*>(from) + done, length - done);
}

}  // namespace named_shm
