#include "placeholder.h"

#include <array>
#include <atomic>
#include <charconv>
#include <string_view>

#include "shim/host/errno.h"
#include "shim/host/host.h"

namespace farcall::shim::placeholder {

namespace {

constexpr std::string_view kName = "farcall:";
constexpr std::string_view kLinkPrefix = "/memfd:farcall:";
constexpr std::string_view kDirectory = "/proc/self/fd/";

/// `prefix` and `number` as a C string, without stdio or malloc: signal handlers get here.
struct Numbered {
  std::array<char, 48> text{};
  Numbered(std::string_view prefix, int number) {
    prefix.copy(text.data(), prefix.size());
    std::to_chars(text.data() + prefix.size(), text.data() + text.size() - 1, number);
  }
};

constinit std::atomic<bool> without_paths{false};

/// Without /proc, after chroot say, or without a second number, the file itself has to do: it is
/// empty and stays so.
long seal(int fd, bool close_on_exec) {
  host::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  if (!close_on_exec) host::fcntl(fd, F_SETFD, 0);
  return fd;
}

}  // namespace

void avoid_paths() { without_paths.store(true, std::memory_order_relaxed); }
bool avoids_paths() { return without_paths.load(std::memory_order_relaxed); }

long make(int kfd, bool close_on_exec) {
  const long memory =
      host::memfd_create(Numbered(kName, kfd).text.data(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (is_error(memory)) return memory;
  const int fd = static_cast<int>(memory);
  if (avoids_paths()) return seal(fd, close_on_exec);
  const long path =
      host::raw(SYS_openat, AT_FDCWD, Numbered(kDirectory, fd).text.data(), O_PATH | O_CLOEXEC);
  if (is_error(path)) return seal(fd, close_on_exec);
  // Onto the memory file's own number: that was the lowest, and it is never free in between.
  const long result = host::dup3(static_cast<int>(path), fd, close_on_exec ? O_CLOEXEC : 0);
  host::close(static_cast<int>(path));
  return result;
}

int kernel_fd_of(int fd) {
  std::array<char, 64> link{};
  const long size = host::readlink(Numbered(kDirectory, fd).text.data(), link.data(), link.size());
  if (is_error(size)) return -1;
  std::string_view text(link.data(), static_cast<std::size_t>(size));
  if (!text.starts_with(kLinkPrefix)) return -1;
  text.remove_prefix(kLinkPrefix.size());
  int kfd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), kfd);
  return error == std::errc{} && kfd >= 0 ? kfd : -1;
}

}  // namespace farcall::shim::placeholder
