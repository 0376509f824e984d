// NetBSD's signal numbers, as the kernel uses them, and the host's.
#pragma once

#include <signal.h>

#include <array>
#include <cstdint>

namespace farcall::client {

/// The host's number for a signal of the kernel's; 0 for those that the host does not have (SIGEMT,
/// SIGINFO).
constexpr int signal_from_netbsd(std::uint32_t signal) {
  constexpr std::array<int, 33> kHost = {
      0,       SIGHUP,   SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, 0,       SIGFPE,
      SIGKILL, SIGBUS,   SIGSEGV, SIGSYS,  SIGPIPE, SIGALRM, SIGTERM, SIGURG,  SIGSTOP,
      SIGTSTP, SIGCONT,  SIGCHLD, SIGTTIN, SIGTTOU, SIGIO,   SIGXCPU, SIGXFSZ, SIGVTALRM,
      SIGPROF, SIGWINCH, 0,       SIGUSR1, SIGUSR2, SIGPWR};
  return signal < kHost.size() ? kHost[signal] : 0;
}

}  // namespace farcall::client
