#include <array>

#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/personality/files.h"
#include "stream.h"

namespace farcall::shim::directories {

namespace {

/// The kernel has positions between its blocks of entries only. A position of ours is that of a
/// block, and how far into it: seek reads the block again.
class KernelDirectory final : public Stream {
 public:
  explicit KernelDirectory(int fd) : fd_(fd) {}

  long tell() override { return (block_ << kOffsetBits) | static_cast<long>(offset_ + skip_); }

  void seek(long position) override {
    block_ = position >> kOffsetBits;
    skip_ = static_cast<size_t>(position) & ((1U << kOffsetBits) - 1);
    size_ = offset_ = 0;
    calls::lseek(fd_, block_, SEEK_SET);
  }

  [[nodiscard]] int fd() const override { return fd_; }
  long close() override { return calls::close(fd_); }

 private:
  static constexpr size_t kBufferSize = 8192;
  static constexpr int kOffsetBits = 16;

  long read(dirent& entry) override {
    const ErrnoKeeper keeper;
    personality::DirectoryEntry found{};
    do {
      if (offset_ >= size_ || !personality::next_entry(buffer_.data(), size_, offset_, found)) {
        const long filled = fill();
        if (filled <= 0) return filled;
        found.inode = 0;
      }
    } while (found.inode == 0 || found.name.size() >= sizeof entry.d_name);
    entry.d_ino = found.inode;
    entry.d_off = tell();
    entry.d_type = found.type;
    found.name.copy(entry.d_name, found.name.size());
    entry.d_name[found.name.size()] = '\0';
    return 1;
  }

  /// The next block of entries: its size, 0 at the end, -errno.
  long fill() {
    const int kfd = descriptors::kernel_fd(fd_);
    if (kfd < 0) return -EBADF;
    const long start = personality::lseek(kfd, 0, SEEK_CUR);
    const long got = personality::getdents(kfd, buffer_.data(), buffer_.size());
    block_ = start;
    size_ = offset_ = 0;
    if (got <= 0) return got;
    size_ = static_cast<size_t>(got);
    personality::DirectoryEntry passed{};
    while (offset_ < skip_ && personality::next_entry(buffer_.data(), size_, offset_, passed)) {
    }
    skip_ = 0;
    return got;
  }

  const int fd_;
  long block_ = 0;     // the kernel's position of what is in the buffer
  size_t offset_ = 0;  // of the next entry in the buffer
  size_t size_ = 0;
  size_t skip_ = 0;  // of the block that is filled next
  alignas(8) std::array<char, kBufferSize> buffer_{};
};

}  // namespace

DIR* open_kernel_directory(int fd) { return enroll(std::make_unique<KernelDirectory>(fd)); }

}  // namespace farcall::shim::directories
