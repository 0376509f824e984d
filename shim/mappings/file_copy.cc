#include "file_copy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"

namespace farcall::shim::mappings {

namespace {

constexpr size_t kReadAtOnce = size_t{4} << 20;

long look_at(int kfd, struct stat& status) {
  const long result = personality::fstat(kfd, &status);
  if (is_error(result)) return result;
  return S_ISREG(status.st_mode) ? 0 : -ENODEV;
}

}  // namespace

long identify(int kfd, FileIdentity& identity) {
  struct stat status {};
  const long result = look_at(kfd, status);
  identity = {status.st_dev, status.st_ino};
  return result;
}

FileCopy::~FileCopy() {
  if (memory_ != nullptr) host::raw(SYS_munmap, memory_, round_to_page(size_));
  if (fd_ >= 0) host::close(fd_);
}

long FileCopy::fill(int kfd, off_t offset, size_t length) {
  struct stat status {};
  const long looked = look_at(kfd, status);
  if (is_error(looked)) return looked;
  file_ = {status.st_dev, status.st_ino};
  const off_t left = std::max<off_t>(status.st_size - offset, 0);
  const long made = make(std::min(static_cast<size_t>(left), length));
  return is_error(made) ? made : read_all(kfd, offset);
}

long FileCopy::make(size_t size) {
  const long fd = host::memfd_create("file of a kernel", MFD_CLOEXEC);
  if (is_error(fd)) return fd == -EMFILE ? -ENFILE : fd;
  fd_ = static_cast<int>(fd);
  const long sized = host::raw(SYS_ftruncate, fd_, size);
  if (is_error(sized)) return -ENOMEM;
  if (size == 0) return 0;
  const long address =
      host::raw(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0L);
  if (is_error(address)) return address;
  memory_ = reinterpret_cast<char*>(address);
  size_ = size;
  return 0;
}

long FileCopy::read_all(int kfd, off_t offset) {
  size_t done = 0;
  while (done < size_) {
    const long got = personality::pread(kfd, memory_ + done, std::min(size_ - done, kReadAtOnce),
                                        offset + static_cast<off_t>(done));
    if (got == -EINTR) continue;
    if (is_error(got)) return got == -EFAULT ? -ENOMEM : got;
    if (got == 0) return shrink(done);
    done += static_cast<size_t>(got);
  }
  return 0;
}

long FileCopy::shrink(size_t size) {
  const size_t before = round_to_page(std::exchange(size_, size));
  const size_t after = round_to_page(size);
  if (before > after) host::raw(SYS_munmap, memory_ + after, before - after);
  if (after == 0) memory_ = nullptr;
  return host::raw(SYS_ftruncate, fd_, size);
}

long FileCopy::read_only() const {
  constexpr std::string_view kDirectory = "/proc/self/fd/";
  std::array<char, 32> name{};
  kDirectory.copy(name.data(), kDirectory.size());
  std::to_chars(name.data() + kDirectory.size(), name.data() + name.size() - 1, fd_);
  return host::raw(SYS_openat, AT_FDCWD, name.data(), O_RDONLY | O_CLOEXEC);
}

char* FileCopy::release_memory() { return std::exchange(memory_, nullptr); }

}  // namespace farcall::shim::mappings
