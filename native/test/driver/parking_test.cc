#include "platform/parking.h"

#include <sys/mman.h>

#include <thread>
#include <vector>

#include "test/driver/check.h"
#include "test/driver/suites.h"

namespace test {

using named_shm::MonotonicMs;
using named_shm::Park;
using named_shm::Unpark;

namespace {

using Word = std::atomic<uint32_t>;

constexpr double kLong = 20000;  // no test may need it

void ParkUntilChanged(Word& word) {
  while (word.load() == 0) Park(word, 0, kLong);
}

}  // namespace

void TestParking() {
  Test("parking: not on a word that has changed", [] {
    Word word{1};
    double begin = MonotonicMs();
    Park(word, 0, kLong);
    Check(MonotonicMs() - begin < kLong / 2, "returns at once");
  });

  Test("parking: ends with its time", [] {
    Word word{0};
    for (double time : {0.0, 0.5, 30.0}) {
      double begin = MonotonicMs();
      Park(word, 0, time);
      Check(MonotonicMs() - begin < time + kLong / 2, "ends");
    }
    double begin = MonotonicMs();
    while (MonotonicMs() - begin < 30) Park(word, 0, 30);
  });

  Test("parking: one wake for one of several threads, then all", [] {
    Word word{0};
    std::atomic<int> awake{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        ParkUntilChanged(word);
        ++awake;
      });
    }
    double begin = MonotonicMs();
    word.store(1);
    Unpark(word, false);
    while (awake == 0 && MonotonicMs() - begin < kLong) std::this_thread::yield();
    Unpark(word, true);
    for (std::thread& thread : threads) thread.join();
    Check(MonotonicMs() - begin < kLong / 2, "nobody slept on");
  });
}

void TestParkingBetweenProcesses() {
  Test("parking: between processes", [] {
    void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* words = static_cast<Word*>(memory);
    double begin = MonotonicMs();
    Child child([&] {
      for (uint32_t round = 0; round < 200; ++round) {
        while (words[0].load() == round) Park(words[0], round, kLong);
        words[1].store(round + 1);
        Unpark(words[1], true);
      }
    });
    for (uint32_t round = 0; round < 200; ++round) {
      words[0].store(round + 1);
      Unpark(words[0], false);
      while (words[1].load() == round) Park(words[1], round, kLong);
    }
    Check(child.Ends(), "the other process ends");
    Check(MonotonicMs() - begin < kLong, "no wake is lost");
    munmap(memory, 4096);
  });
}

}  // namespace test
