#include <windows.h>

#include <mutex>
#include <new>
#include <string>

#include "platform/file_mapping.h"
#include "platform/win/errors.h"
#include "platform/win/mapped_view.h"

namespace named_shm {

namespace {

constexpr DWORD kSizeWaitMs = 100;

std::wstring ToWide(const char* text) {
  int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, nullptr, 0);
  std::wstring wide(static_cast<size_t>(length), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text, -1, wide.data(), length);
  return wide;
}

Result<uint64_t> SizeOf(const UniqueHandle& file) noexcept {
  // Not a console, a pipe or another device.
  if (GetFileType(file.get()) != FILE_TYPE_DISK) return ErrorOf(ERROR_INVALID_HANDLE, "CreateFile");
  LARGE_INTEGER size;
  if (!GetFileSizeEx(file.get(), &size)) return LastError("GetFileSizeEx");
  return static_cast<uint64_t>(size.QuadPart);
}

// The file system allocates what the file grows by.
Result<void> SetSize(const UniqueHandle& file, uint64_t size) noexcept {
  FILE_END_OF_FILE_INFO end;
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  if (!SetFileInformationByHandle(file.get(), FileEndOfFileInfo, &end, sizeof(end)))
    return LastError("SetFileInformationByHandle");
  return {};
}

Result<std::shared_ptr<Segment>> MapWhole(const UniqueHandle& file, uint64_t size,
                                          bool read_only) noexcept {
  if (size > SIZE_MAX) return ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateFileMapping");
  UniqueHandle section(CreateFileMappingW(
      file.get(), nullptr, read_only ? PAGE_WRITECOPY : PAGE_READWRITE, 0, 0, nullptr));
  if (!section.valid()) return LastError("CreateFileMapping");
  Result<std::unique_ptr<Segment>> view =
      MappedView::Map(std::move(section), static_cast<size_t>(size),
                      read_only ? FILE_MAP_COPY : FILE_MAP_READ | FILE_MAP_WRITE);
  if (!view.ok()) return view.error();
  return std::shared_ptr<Segment>(std::move(view.value()));
}

class WinFileMapping final : public FileMapping {
 public:
  WinFileMapping(UniqueHandle file, const OpenOptions& options, bool created,
                 std::shared_ptr<Segment> bytes) noexcept
      : file_(std::move(file)),
        read_only_(options.read_only),
        created_(created),
        bytes_(std::move(bytes)) {}

  bool created() const noexcept override { return created_; }

  std::shared_ptr<Segment> bytes() const noexcept override {
    std::lock_guard<std::mutex> lock(mutex_);
    return bytes_;
  }

  // A file can't be made shorter while anybody has it mapped (ERROR_USER_MAPPED_FILE, EBUSY).
  Result<void> Resize(uint64_t size, bool) noexcept override {
    Result<uint64_t> before = SizeOf(file_);
    if (!before.ok()) return before.error();
    Result<void> resized;
    if (size != before.value()) resized = SetSize(file_, size);
    Result<std::shared_ptr<Segment>> mapped =
        MapWhole(file_, resized.ok() ? size : before.value(), read_only_);
    if (!mapped.ok()) return resized.ok() ? mapped.error() : resized.error();
    std::lock_guard<std::mutex> lock(mutex_);
    bytes_->Release();
    bytes_ = std::move(mapped.value());
    return resized;
  }

  Result<void> Flush() noexcept override {
    if (read_only_) return {};
    std::shared_ptr<Segment> view = bytes();
    if (!FlushViewOfFile(view->data(), 0)) return LastError("FlushViewOfFile");
    if (!FlushFileBuffers(file_.get())) return LastError("FlushFileBuffers");
    return {};
  }

  void Release() noexcept override { bytes()->Release(); }
  bool faulted() const noexcept override { return false; }

 private:
  const UniqueHandle file_;
  const bool read_only_;
  const bool created_;
  mutable std::mutex mutex_;  // for bytes_, which Flush reads in its thread
  std::shared_ptr<Segment> bytes_;
};

UniqueHandle OpenFile(const std::wstring& path, bool read_only, DWORD disposition) noexcept {
  HANDLE file = CreateFileW(path.c_str(), read_only ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                            disposition, FILE_ATTRIBUTE_NORMAL, nullptr);
  return UniqueHandle(file == INVALID_HANDLE_VALUE ? nullptr : file);
}

}  // namespace

Result<std::unique_ptr<FileMapping>> FileMapping::Open(const OpenOptions& options) noexcept {
  std::wstring path = ToWide(options.path);
  UniqueHandle file;
  if (options.create) file = OpenFile(path, options.read_only, CREATE_NEW);
  bool created = file.valid();
  if (!created)
    file = OpenFile(path, options.read_only, options.create ? OPEN_ALWAYS : OPEN_EXISTING);
  if (!file.valid()) return LastError("CreateFile");
  auto fail = [&](const SysError& error) {
    if (created) DeleteFileW(path.c_str());
    return error;
  };
  Result<uint64_t> size = SizeOf(file);
  for (DWORD waited = 0; size.ok() && size.value() == 0 && !options.create && waited < kSizeWaitMs;
       ++waited) {
    Sleep(1);
    size = SizeOf(file);
  }
  if (!size.ok()) return fail(size.error());
  if (options.create && size.value() < options.size) {
    Result<void> grown = SetSize(file, options.size);
    if (!grown.ok()) return fail(grown.error());
    size = options.size;
  }
  if (size.value() == 0) return SysError{"ERR_SHM_EMPTY", 0, "CreateFile"};
  Result<std::shared_ptr<Segment>> bytes = MapWhole(file, size.value(), options.read_only);
  if (!bytes.ok()) return fail(bytes.error());
  auto* mapping = new (std::nothrow)
      WinFileMapping(std::move(file), options, created, std::move(bytes.value()));
  if (mapping == nullptr) return fail(ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateFile"));
  return std::unique_ptr<FileMapping>(mapping);
}

}  // namespace named_shm
