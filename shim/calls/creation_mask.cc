#include "creation_mask.h"

#include <array>
#include <atomic>
#include <charconv>
#include <string_view>

#include "shim/calls/calls.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"

namespace farcall::shim::calls {

namespace {

// Which change of the mask the kernel knows. Survives fork in both kernels; a program after exec
// starts anew.
constinit std::atomic<unsigned> changes{1};
constinit std::atomic<unsigned> told{0};

constexpr mode_t kUsual = 022;

/// The host's mask, read without changing it: another thread may be making a file. umask(2) tells
/// how.
mode_t host_mask() {
  constexpr std::string_view kField = "\nUmask:\t";
  const long fd = host::raw(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (is_error(fd)) return kUsual;
  std::array<char, 512> text;
  const long size = host::raw(SYS_read, fd, text.data(), text.size());
  host::close(static_cast<int>(fd));
  if (is_error(size)) return kUsual;
  const std::string_view status(text.data(), static_cast<size_t>(size));
  const size_t field = status.find(kField);
  if (field == std::string_view::npos) return kUsual;
  mode_t mask = kUsual;
  const char* digits = status.data() + field + kField.size();
  std::from_chars(digits, status.data() + status.size(), mask, 8);
  return mask;
}

}  // namespace

void share_creation_mask() {
  const unsigned now = changes.load(std::memory_order_acquire);
  if (told.load(std::memory_order_acquire) == now) return;
  if (!is_error(personality::umask(host_mask()))) told.store(now, std::memory_order_release);
}

long umask(mode_t mask) {
  const long before = host::raw(SYS_umask, mask);
  changes.fetch_add(1, std::memory_order_release);
  return before;
}

}  // namespace farcall::shim::calls
