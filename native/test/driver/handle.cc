#include "test/driver/handle.h"

#include <cstdlib>
#include <utility>

namespace test {

using named_shm::LockCell;
using named_shm::Segment;

namespace {

template <typename T>
T Value(named_shm::Result<T> result, const char* what) {
  if (result.ok()) return std::move(result.value());
  fprintf(stderr, "%s: %s\n", what, result.error().code);
  abort();
}

LockCell* CellIn(Segment& segment) { return static_cast<LockCell*>(segment.data()); }

}  // namespace

NamedLock::NamedLock(uint32_t readers) {
  LockCell cell = {};
  cell.Initialize(readers == 0 ? LockCell::Kind::kMutex : LockCell::Kind::kRwLock, RandomToken(),
                  readers);
  Segment::CreateOptions options = {};
  options.name = name_.c_str();
  options.size = LockCell::SizeFor(readers);
  options.mode = 0600;
  options.content = &cell;
  options.content_length = sizeof(cell);
  segment_ = Value(Segment::Create(options, nullptr), "create");
}

std::unique_ptr<Segment> Handle::Attach(const std::string& name) {
  return Value(Segment::Attach(name.c_str(), false), "attach");
}

Handle::Handle(const std::string& name, Segment& segment)
    : liveness_(Value(named_shm::Liveness::Claim(
                          {name.c_str(), segment.identity(), CellIn(segment)->key}, token_),
                      "claim")),
      ground_(*liveness_),
      lock_(CellIn(segment)->words, CellIn(segment)->readers(), CellIn(segment)->reader_count,
            ground_, token_) {}

}  // namespace test
