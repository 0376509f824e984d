#include "personality/wake_pipe.h"

#include "personality/netbsd.h"

#include <atomic>
#include <cstddef>
#include <string_view>
#include <vector>

#include "personality/call.h"
#include "personality/sysctl.h"

namespace farcall::personality {
namespace {

enum class Interrupts : unsigned char { unknown, yes, no };

/// Ours says whose it is in its version; NetBSD's does not.
Interrupts ask_kernel() {
  std::vector<std::byte> version;
  if (sysctl_read({NB_CTL_KERN, NB_KERN_VERSION}, version) < 0) return Interrupts::unknown;
  const std::string_view text(reinterpret_cast<const char*>(version.data()), version.size());
  return text.find("Farcall") != std::string_view::npos ? Interrupts::yes : Interrupts::no;
}

}  // namespace

bool kernel_interrupts_sleeps() {
  static std::atomic<Interrupts> known = Interrupts::unknown;
  if (known == Interrupts::unknown) known = ask_kernel();
  return known != Interrupts::no;
}

WakePipe::~WakePipe() {
  if (!is_open()) return;
  for (const int end : ends_) call(NB_SYS_close, end);
}

bool WakePipe::open() {
  int ends[2];
  if (call(NB_SYS_pipe2, ends, NB_O_NONBLOCK) != 0) return false;
  ends_[0] = ends[0];
  ends_[1] = ends[1];
  return true;
}

void WakePipe::wake() const { call(NB_SYS_write, ends_[1], "", 1); }

}  // namespace farcall::personality
