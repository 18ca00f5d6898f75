#include "sync/lock_cell.h"

#include <cstring>
#include <thread>

#include "test/driver/check.h"
#include "test/driver/suites.h"

namespace test {

using named_shm::LockCell;

namespace {

constexpr auto kMutex = LockCell::Kind::kMutex;
constexpr auto kRwLock = LockCell::Kind::kRwLock;

struct Bytes {
  alignas(64) unsigned char bytes[sizeof(LockCell) + 64] = {};
  LockCell& cell() { return *reinterpret_cast<LockCell*>(bytes); }
};

bool IsForeign(LockCell& cell, LockCell::Kind kind, size_t size) {
  auto checked = cell.Check(kind, size);
  return !checked.ok() && strcmp(checked.error().code, "ERR_SHM_CORRUPT") == 0;
}

}  // namespace

void TestLockCell() {
  Test("lock cell: what is checked", [] {
    Bytes mutex;
    mutex.cell().Initialize(kMutex, 1, 0);
    Check(mutex.cell().Check(kMutex, sizeof(LockCell)).ok(), "its own");
    Check(IsForeign(mutex.cell(), kRwLock, sizeof(LockCell)), "another kind");
    Check(IsForeign(mutex.cell(), kMutex, sizeof(LockCell) - 1), "cut short");
    Bytes lock;
    lock.cell().Initialize(kRwLock, 1, 8);
    Check(lock.cell().Check(kRwLock, LockCell::SizeFor(8)).ok(), "with readers");
    Check(IsForeign(lock.cell(), kRwLock, LockCell::SizeFor(8) - 1), "readers cut short");
    lock.cell().reader_count = UINT32_MAX;
    Check(IsForeign(lock.cell(), kRwLock, LockCell::SizeFor(8)), "more readers than bytes");
    for (size_t offset : {0, 8, 12, 28}) {
      Bytes changed;
      changed.cell().Initialize(kMutex, 1, 0);
      changed.bytes[offset] ^= 0x40;
      Check(IsForeign(changed.cell(), kMutex, sizeof(LockCell)), "other bytes");
    }
  });

  Test("lock cell: one that is being made", [] {
    Bytes empty;
    double begin = named_shm::MonotonicMs();
    Check(IsForeign(empty.cell(), kMutex, sizeof(LockCell)), "never finished");
    Check(named_shm::MonotonicMs() - begin < 10000, "in a bounded time");
    Bytes late;
    std::thread maker([&] { late.cell().Initialize(kMutex, 7, 0); });
    while (!late.cell().Check(kMutex, sizeof(LockCell)).ok()) continue;
    Check(late.cell().key == 7, "whole once it is seen");
    maker.join();
  });
}

}  // namespace test
