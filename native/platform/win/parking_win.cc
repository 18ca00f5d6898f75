// Nothing in Windows sleeps on a word that processes share (WaitOnAddress knows one process). Each
// word has a named event instead, which exists while somebody is parked on it. It resets itself: a
// wake is for one, and is kept for the next one where nobody sleeps yet.
//
// None is lost. Who parks opens the event and then looks at the word once more; who wakes has
// changed the word and then opens the event: at least one of the two sees the other. Two wakes may
// come to one; whoever gets it takes the lock and wakes the next one when releasing it.

#include <windows.h>

#include "platform/parking.h"
#include "platform/win/alertable_wait.h"
#include "platform/win/object_name.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

namespace {

// Events of all sessions: the segment may be "Global\", and its words do not say.
ObjectName EventOf(uint64_t key, const std::atomic<uint32_t>& word) noexcept {
  constexpr uintptr_t kInPage = 0xfff;  // the same in every mapping of the segment
  return ObjectName::Beside("Global\\", "park", key, reinterpret_cast<uintptr_t>(&word) & kInPage);
}

}  // namespace

void Park(uint64_t key, std::atomic<uint32_t>& word, uint32_t expected,
          double timeout_ms) noexcept {
  UniqueHandle event(CreateEventW(nullptr, FALSE, FALSE, EventOf(key, word).c_str()));
  if (!event.valid()) {
    // Where a program is shut in and may have no such event.
    if (word.load(std::memory_order_seq_cst) == expected) Sleep(1);
    return;
  }
  if (word.load(std::memory_order_seq_cst) != expected) return;
  AlertableWait(event.get(), timeout_ms, [] { return true; });
}

void Unpark(uint64_t key, std::atomic<uint32_t>& word, bool) noexcept {
  UniqueHandle event(OpenEventW(EVENT_MODIFY_STATE, FALSE, EventOf(key, word).c_str()));
  if (event.valid()) SetEvent(event.get());
}

double MonotonicMs() noexcept {
  LARGE_INTEGER frequency;
  LARGE_INTEGER now;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&now);
  return static_cast<double>(now.QuadPart) * 1000 / static_cast<double>(frequency.QuadPart);
}

}  // namespace named_shm
