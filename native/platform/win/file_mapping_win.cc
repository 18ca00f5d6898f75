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

// Fails while anybody has the file mapped (ERROR_USER_MAPPED_FILE, EBUSY).
Result<void> Shorten(const UniqueHandle& file, uint64_t size) noexcept {
  FILE_END_OF_FILE_INFO end;
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  if (!SetFileInformationByHandle(file.get(), FileEndOfFileInfo, &end, sizeof(end)))
    return LastError("SetFileInformationByHandle");
  return {};
}

// `grow`: makes the file `size` bytes long where it is shorter, and never cuts what another program
// has made longer meanwhile. The file system allocates what it grows by.
Result<std::shared_ptr<Segment>> MapWhole(const UniqueHandle& file, uint64_t size, bool read_only,
                                          bool grow = false) noexcept {
  if (size > SIZE_MAX) return ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateFileMapping");
  uint64_t least = grow ? size : 0;
  UniqueHandle section(
      CreateFileMappingW(file.get(), nullptr, read_only ? PAGE_WRITECOPY : PAGE_READWRITE,
                         static_cast<DWORD>(least >> 32), static_cast<DWORD>(least), nullptr));
  if (!section.valid()) {
    SysError error = LastError("CreateFileMapping");
    if (grow && error.number == ERROR_INVALID_PARAMETER) error.code = "EFBIG";
    return error;
  }
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

  // Shorter only where nobody has it mapped: no other program, and here no view of it.
  Result<void> Resize(uint64_t size, bool) noexcept override {
    Result<uint64_t> before = SizeOf(file_);
    if (!before.ok()) return before.error();
    std::lock_guard<std::mutex> lock(mutex_);
    Result<void> resized;
    if (size < before.value()) {
      if (bytes_.use_count() == 1) bytes_.reset();
      resized = Shorten(file_, size);
      if (!resized.ok()) size = before.value();
    }
    Result<std::shared_ptr<Segment>> mapped = MapWhole(file_, size, read_only_, /*grow=*/true);
    if (!mapped.ok()) return resized.ok() ? mapped.error() : resized.error();
    if (bytes_) bytes_->Release();
    bytes_ = std::move(mapped.value());
    return resized;
  }

  Result<void> Flush() noexcept override {
    if (read_only_) return {};
    std::shared_ptr<Segment> view = bytes();
    if (view && !FlushViewOfFile(view->data(), 0)) return LastError("FlushViewOfFile");
    if (!FlushFileBuffers(file_.get())) return LastError("FlushFileBuffers");
    return {};
  }

  void Release() noexcept override {
    if (std::shared_ptr<Segment> view = bytes()) view->Release();
  }
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

// What CreateFile has just failed with, by the names that fs.open gives it.
SysError OpenError(const std::wstring& path, bool read_only) noexcept {
  SysError error = LastError("CreateFile");
  DWORD attributes = GetFileAttributesW(path.c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
    error.code = read_only ? "EINVAL" : "EISDIR";
  if (error.number == ERROR_INVALID_NAME) error.code = "ENOENT";
  return error;
}

}  // namespace

Result<std::unique_ptr<FileMapping>> FileMapping::Open(const OpenOptions& options) noexcept {
  std::wstring path = ToWide(options.path);
  UniqueHandle file;
  if (options.create) file = OpenFile(path, options.read_only, CREATE_NEW);
  bool created = file.valid();
  if (!created)
    file = OpenFile(path, options.read_only, options.create ? OPEN_ALWAYS : OPEN_EXISTING);
  if (!file.valid()) return OpenError(path, options.read_only);
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
  bool grow = options.create && size.value() < options.size;
  if (grow) size = options.size;
  if (size.value() == 0) return SysError{"ERR_SHM_EMPTY", 0, "CreateFile"};
  Result<std::shared_ptr<Segment>> bytes = MapWhole(file, size.value(), options.read_only, grow);
  if (!bytes.ok()) return fail(bytes.error());
  auto* mapping = new (std::nothrow)
      WinFileMapping(std::move(file), options, created, std::move(bytes.value()));
  if (mapping == nullptr) return fail(ErrorOf(ERROR_NOT_ENOUGH_MEMORY, "CreateFile"));
  return std::unique_ptr<FileMapping>(mapping);
}

}  // namespace named_shm
