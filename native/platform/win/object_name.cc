#include "platform/win/object_name.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace named_shm {

namespace {

constexpr const char* kPlaces[] = {"Global\\", "Local\\"};

// The "Global\" or "Local\" that a name begins with, or "".
const char* PlaceOf(const char* name) noexcept {
  for (const char* place : kPlaces) {
    if (strncmp(name, place, strlen(place)) == 0) return place;
  }
  return "";
}

}  // namespace

ObjectName::ObjectName(const char* prefix, const char* name) noexcept {
  const char* place = PlaceOf(name);
  Append(place);
  Append(prefix);
  Append(name + strlen(place));
}

ObjectName ObjectName::Beside(const char* segment, const char* kind, uint64_t key,
                              uint64_t number) noexcept {
  char own[80];
  snprintf(own, sizeof(own), "nshm-%s-%016" PRIx64 "-%016" PRIx64, kind, key, number);
  ObjectName name(PlaceOf(segment), own);
  return name;
}

void ObjectName::Append(const char* text) noexcept {
  auto room = static_cast<int>(std::size(text_) - 1 - length_);
  int bytes = static_cast<int>(strlen(text));
  length_ +=
      static_cast<size_t>(MultiByteToWideChar(CP_UTF8, 0, text, bytes, text_ + length_, room));
  text_[length_] = L'\0';
}

std::string ToUtf8(const wchar_t* text, size_t length) {
  auto wide = static_cast<int>(length);
  int bytes = WideCharToMultiByte(CP_UTF8, 0, text, wide, nullptr, 0, nullptr, nullptr);
  std::string narrow(static_cast<size_t>(bytes), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text, wide, narrow.data(), bytes, nullptr, nullptr);
  return narrow;
}

}  // namespace named_shm
