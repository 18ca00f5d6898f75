#pragma once

namespace test {

// Within one process, for ThreadSanitizer too.
void TestParking();
void TestLiveness();
void TestSemaphore();
void TestLockCell();
void TestLockBetweenThreads();

// With forked processes.
void TestParkingBetweenProcesses();
void TestLivenessBetweenProcesses();
void TestSemaphoreBetweenProcesses();
void TestLockBetweenProcesses();

}  // namespace test
