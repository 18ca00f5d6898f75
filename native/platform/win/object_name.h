#pragma once

#include <windows.h>

#include <cstdint>
#include <string>

namespace named_shm {

// The name of a kernel object. A session has names of its own; one that begins with "Global\" is
// seen by all of them.
class ObjectName {
 public:
  // A segment's name is the object's, with nothing put before it: as CPython's.
  static ObjectName OfSegment(const char* name) noexcept { return ObjectName("", name); }

  // Objects of all kinds share one space of names, and a program may well give a segment and the
  // lock of it the same one.
  static ObjectName OfSemaphore(const char* name) noexcept { return ObjectName("sem.", name); }

  // An object that belongs to a segment, in the same place as that one.
  static ObjectName Beside(const char* segment, const char* kind, uint64_t key,
                           uint64_t number) noexcept;

  const wchar_t* c_str() const noexcept { return text_; }

 private:
  ObjectName(const char* prefix, const char* name) noexcept;
  void Append(const char* text) noexcept;

  // TypeScript checks the length; what would not fit is left out, and refused by the system.
  wchar_t text_[512] = {};
  size_t length_ = 0;
};

std::string ToUtf8(const wchar_t* text, size_t length);

}  // namespace named_shm
