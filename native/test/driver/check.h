#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

// What the test programs share: tests that print "ok NAME" or "not ok NAME", and processes.
namespace test {

// Ends the program where the test has not come to an end after a minute.
void Test(const char* name, const std::function<void()>& body);

// Marks the test that runs as failed unless the condition holds.
void Check(bool holds, const char* what);

// Whether any has failed.
bool AnyFailed();

std::string UniqueName();
uint64_t RandomToken();

// A forked process; what it checks counts for the test only through `Ends`.
class Child {
 public:
  explicit Child(const std::function<void()>& body);
  ~Child();  // killed, if it has not ended
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Kill();
  void Continue();  // after it stopped itself
  bool Ends();      // waits for that; false where one of its checks failed, or it crashed

 private:
  pid_t pid_;
};

}  // namespace test
