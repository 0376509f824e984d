#include "start.h"

#include <stdlib.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <new>
#include <string>

#include "farcall/client.h"
#include "fork.h"
#include "lasting_environment.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"
#include "rump/rumpclient.h"
#include "shim/calls/working_directory.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"
#include "shim/wait/epoll.h"
#include "standard_streams.h"

namespace farcall::shim::process {

namespace {

constexpr int kBadEnvironment = 1;
constexpr int kNotStarted = 126;

/// One word tells where start() is; it changes in this order.
enum class Phase { before, running, done };
constinit std::atomic<Phase> phase{Phase::before};

// Never destroyed: other libraries' destructors may still make calls.
alignas(HijackSpec) constinit unsigned char spec_storage[sizeof(HijackSpec)]{};
HijackSpec& spec() { return *std::launder(reinterpret_cast<HijackSpec*>(spec_storage)); }

[[noreturn]] void give_up(int status, const std::string& why) {
  const std::string line = "farcall: " + why + "\n";
  host::raw(SYS_write, STDERR_FILENO, line.data(), line.size());
  host::exit(status);
}

void read_hijack_spec() {
  const char* text = getenv("RUMPHIJACK");
  auto parsed = parse_hijack(text != nullptr ? std::string_view(text) : kDefaultHijack);
  if (const auto* error = std::get_if<SpecError>(&parsed))
    give_up(kBadEnvironment, "RUMPHIJACK: " + error->message);
  new (spec_storage) HijackSpec(std::move(std::get<HijackSpec>(parsed)));
}

struct RetryWord {
  std::string_view word;
  time_t value;
};
constexpr RetryWord kRetryWords[] = {{"inftime", RUMPCLIENT_RETRYCONN_INFTIME},
                                     {"once", RUMPCLIENT_RETRYCONN_ONCE},
                                     {"die", RUMPCLIENT_RETRYCONN_DIE}};

void read_retry() {
  const char* variable = getenv("RUMPHIJACK_RETRYCONNECT");
  if (variable == nullptr) return;
  const std::string_view text = variable;
  for (const RetryWord& each : kRetryWords) {
    if (text == each.word) return rumpclient_setconnretry(each.value);
  }
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) {
    give_up(kBadEnvironment,
            "RUMPHIJACK_RETRYCONNECT takes inftime, once, die or a number of seconds, not '" +
                std::string(text) + "'");
  }
  rumpclient_setconnretry(seconds);
}

void connect_to_server() {
  const char* url = getenv("RUMP_SERVER");
  if (url == nullptr || *url == '\0') {
    give_up(kNotStarted,
            "RUMP_SERVER is not set; it names the server, such as unix:///run/farcall.sock");
  }
  char why[512];
  if (farcall_connect(url, why, sizeof why) != 0) give_up(kNotStarted, why);
}

/// The kernel process of a program that was started by exec has all descriptors that its
/// predecessor had; those that were closed on exec have lost their placeholder.
void close_unnamed() {
  long highest[2] = {-1, 0};
  const std::uint64_t arguments[] = {0, NB_F_MAXFD, 0};
  if (farcall_syscall(NB_SYS_fcntl, arguments, 3, highest, 1) != 0) return;
  for (int kfd = 0; kfd <= highest[0]; ++kfd) {
    if (!descriptors::is_named(kfd)) personality::close(kfd);
  }
}

}  // namespace

void start() {
  Phase expected = Phase::before;
  if (!phase.compare_exchange_strong(expected, Phase::running, std::memory_order_acq_rel)) return;
  const ErrnoKeeper keeper;
  host::resolve_libc();
  remember_environment();
  read_hijack_spec();
  read_retry();
  connect_to_server();
  epoll::start();
  descriptors::rebuild();
  close_unnamed();
  calls::working_directory::inherit();
  follow_forks();
  phase.store(Phase::done, std::memory_order_release);
  follow_standard_streams();
}

const HijackSpec* hijack_spec_if_started() {
  return phase.load(std::memory_order_acquire) == Phase::done ? &spec() : nullptr;
}

const HijackSpec* hijack_spec() {
  if (phase.load(std::memory_order_acquire) == Phase::before) start();
  return hijack_spec_if_started();
}

bool sees_kernel_network() {
  const HijackSpec* known = hijack_spec_if_started();
  return known != nullptr && known->sees_kernel_network();
}

}  // namespace farcall::shim::process
