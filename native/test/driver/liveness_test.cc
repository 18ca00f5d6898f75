#include "platform/liveness.h"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "platform/parking.h"
#include "test/driver/check.h"
#include "test/driver/handle.h"
#include "test/driver/suites.h"

namespace test {

using named_shm::Liveness;

namespace {

// Whether the name of the segment matters: files that stand for holders don't need it.
constexpr bool kByName = !NAMED_SHM_FALLBACK;

Liveness::Place PlaceOf(NamedLock& lock) {
  return {lock.name().c_str(), lock.segment().identity(), 42};
}

std::unique_ptr<Liveness> Claim(NamedLock& lock, uint64_t token) {
  auto claim = Liveness::Claim(PlaceOf(lock), token);
  Check(claim.ok(), "claimed");
  return std::move(claim.value());
}

}  // namespace

void TestLiveness() {
  Test("liveness: another holder in the same process", [] {
    NamedLock lock(0);
    auto mine = Claim(lock, 1);
    auto other = Claim(lock, (uint64_t{1} << 61) - 1);
    Check(mine->IsAlive((uint64_t{1} << 61) - 1) && other->IsAlive(1), "alive");
    Check(!mine->IsAlive(2), "never claimed");
    other.reset();
    Check(!mine->IsAlive((uint64_t{1} << 61) - 1), "given up");
    Check(Claim(lock, 2)->IsAlive(1), "the first one is not touched by that");
  });

  Test("liveness: one token has one holder", [] {
    NamedLock lock(0);
    auto mine = Claim(lock, 7);
    Check(!Liveness::Claim(PlaceOf(lock), 7).ok(), "not claimed twice");
    Check(Claim(lock, 8)->IsAlive(7), "and the first claim stands");
  });

  Test("liveness: segments are told apart", [] {
    NamedLock lock(0);
    NamedLock other(0);
    auto mine = Claim(lock, 7);
    Liveness::Place place = PlaceOf(other);
    place.key = 43;
    auto theirs = Liveness::Claim(place, 8);
    Check(theirs.ok() && !theirs.value()->IsAlive(7), "not alive there");
  });

  Test("liveness: a name that stands for another segment, or for none", [] {
    NamedLock lock(0);
    NamedLock other(0);
    Liveness::Place place = PlaceOf(lock);
    place.name = other.name().c_str();
    auto claim = Liveness::Claim(place, 7);
    Check(claim.ok() == !kByName, "another one's");
    auto mine = Claim(lock, 1);
    auto before = Claim(lock, 9);
    (void)named_shm::Segment::Unlink(lock.name().c_str());
    Check(Liveness::Claim(PlaceOf(lock), 8).ok() == !kByName, "gone");
    Check(mine->IsAlive(9), "who claimed before is still alive");
  });

  Test("liveness: what a look costs among many holders", [] {
    NamedLock lock(0);
    std::vector<std::unique_ptr<Liveness>> all;
    for (size_t count : {1, 30, 300}) {
      while (all.size() < count) all.push_back(Claim(lock, RandomToken()));
      constexpr int kLooks = 2000;
      double begin = named_shm::MonotonicMs();
      for (int i = 0; i < kLooks; ++i) all[0]->IsAlive(5);
      double took = (named_shm::MonotonicMs() - begin) * 1e6 / kLooks;
      printf("  %zu holders: %.0f ns\n", count, took);
    }
  });
}

void TestLivenessBetweenProcesses() {
  Test("liveness: a process that is killed", [] {
    NamedLock lock(0);
    auto mine = Claim(lock, 1);
    for (int round = 0; round < 50; ++round) {
      uint64_t token = RandomToken();
      int ready[2];
      Check(pipe(ready) == 0, "pipe");
      Child child([&] {
        auto claim = Claim(lock, token);
        Check(write(ready[1], "", 1) == 1, "said so");
        pause();
      });
      char byte;
      Check(read(ready[0], &byte, 1) == 1, "started");
      Check(mine->IsAlive(token), "alive");
      child.Kill();
      Check(!child.Ends(), "killed");
      Check(!mine->IsAlive(token), "dead");
      close(ready[0]);
      close(ready[1]);
    }
  });

  if (kByName) return;
  Test("liveness: the file of one that was killed goes with the next claim", [] {
    NamedLock lock(0);
    uint64_t token = RandomToken();
    char path[96];
    snprintf(path, sizeof(path), "/tmp/named-shm-liveness/%016x-%016llx", 42,
             static_cast<unsigned long long>(token));
    Child child([&] {
      auto claim = Claim(lock, token);
      Check(access(path, F_OK) == 0, "while it lives");
      kill(getpid(), SIGKILL);
    });
    Check(!child.Ends(), "killed");
    Check(access(path, F_OK) == 0, "and after it");
    auto mine = Claim(lock, 1);
    Check(access(path, F_OK) == -1, "gone");
  });
}

}  // namespace test
