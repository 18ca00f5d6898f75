#include <process.h>
#include <windows.h>

#include <cerrno>
#include <new>

#include "platform/waiting_thread.h"
#include "platform/win/errors.h"
#include "platform/win/unique_handle.h"

namespace named_shm {

namespace {

constexpr unsigned kStackSize = 128 * 1024;

class WinWaitingThread final : public WaitingThread {
 public:
  explicit WinWaitingThread(std::function<void()> body) noexcept : body_(std::move(body)) {}

  bool Start() noexcept {
    thread_ = UniqueHandle(reinterpret_cast<HANDLE>(_beginthreadex(
        nullptr, kStackSize, &Run, this, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr)));
    return thread_.valid();
  }

  // An empty call in that thread: it ends an alertable wait, also one that has yet to begin.
  void Nudge() noexcept override {
    QueueUserAPC([](ULONG_PTR) {}, thread_.get(), 0);
  }

  void Join() noexcept override { WaitForSingleObject(thread_.get(), INFINITE); }

 private:
  static unsigned __stdcall Run(void* self) noexcept {
    static_cast<WinWaitingThread*>(self)->body_();
    return 0;
  }

  const std::function<void()> body_;
  UniqueHandle thread_;
};

}  // namespace

Result<std::unique_ptr<WaitingThread>> WaitingThread::Start(std::function<void()> body) noexcept {
  auto thread =
      std::unique_ptr<WinWaitingThread>(new (std::nothrow) WinWaitingThread(std::move(body)));
  if (thread == nullptr) return ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "_beginthreadex");
  if (!thread->Start()) return SysError{"EAGAIN", errno, "_beginthreadex"};
  return std::unique_ptr<WaitingThread>(std::move(thread));
}

}  // namespace named_shm
