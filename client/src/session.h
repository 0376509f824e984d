// A process's stay with a server: how it begins, what is done when the connection is lost, and one
// whole request.
#pragma once

#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "connection.h"
#include "link.h"

namespace farcall::client {

/// What the server answered.
struct Answer {
  Call::Outcome outcome = Call::Outcome::lost;
  bool faulted = false;
  std::uint32_t detail = 0;
  std::array<std::byte, sizeof(sysproxy::SyscallResponse)> body{};
  std::size_t size = 0;
};
/// Copies the answer of a call that is done.
Answer answer_of(const Call& call);
/// The NetBSD errno (or 0, with retval set) that an answer to a system call means; -1: the
/// connection is lost.
int syscall_result(const Answer& answer, long retval[2]);

/// Begins: adopts what an exec or a spawn handed over, else connects to `url` (nullptr:
/// RUMP_SERVER's) as a guest. Nothing is done when this process has begun already. The error is the
/// host's.
Result<void> begin(const char* url, Reason& reason);
/// Begins in a child of fork, with the cookie that its parent got.
Result<void> begin_as_fork(const sysproxy::ForkCookie& cookie);
/// Asks the server to prepare a child of this process. The error is the host's.
Result<sysproxy::ForkCookie> prepare_child();
/// The server's URL, valid in any working directory; empty before the first begin.
const char* server_url();
/// As rumpclient_setconnretry.
void set_retry(time_t seconds);

/// One system call, in the thread's channel if it has one, else over the stream as perform. Returns
/// 0, with retval set, or a NetBSD errno. The error is the host's.
Result<int> system_call(const SystemCall& call, Waiting waiting, long retval[2]);

/// Sends a request and sleeps until it is answered; a lost connection is made again, and the
/// request repeated, as set_retry says. The error is the host's: ENOTCONN, or EAGAIN when too many
/// calls are in flight.
Result<Answer> perform(const Request& request, Waiting waiting);

}  // namespace farcall::client
