// sync_driver [threads]: the locks, semaphores and what they stand on, on the real system. With
// `threads` only what stays within one process, for ThreadSanitizer.

#include <cstring>

#include "test/driver/check.h"
#include "test/driver/suites.h"

int main(int argc, char** argv) {
  bool threads_only = argc > 1 && strcmp(argv[1], "threads") == 0;
  test::TestParking();
  test::TestLiveness();
  test::TestSemaphore();
  test::TestLockCell();
  test::TestLockBetweenThreads();
  if (!threads_only) {
    test::TestParkingBetweenProcesses();
    test::TestLivenessBetweenProcesses();
    test::TestSemaphoreBetweenProcesses();
    test::TestLockBetweenProcesses();
  }
  return test::AnyFailed() ? 1 : 0;
}
