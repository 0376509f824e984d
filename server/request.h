// One request of a client, from its frame to its answer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "farcall/syscall_info.h"
#include "farcall/sysproxy.h"
#include "rump/rumpuser.h"
#include "server/kernel_process.h"
#include "server/stand_in.h"
#include "server/stream_data.h"

namespace farcall::server {

class AskedData;
class Channel;

struct Request {
  sysproxy::FrameHeader header{};
  /// Of a syscall; slots that the client did not send are 0.
  std::array<std::uint64_t, kMaxSyscallArgs> args{};
  /// Of a guest or exec handshake: the program.
  std::string name;
  /// Where it came from, when that was not the connection.
  Channel* channel = nullptr;
  /// Of a syscall: what crosses with it, or nullptr. For the thread that executes it.
  CallData* data = nullptr;
  /// Of a `call`; `data` is of it.
  std::unique_ptr<StreamData> stream_data;
  /// Of a `syscall` whose client is asked for its memory; `data` is of it.
  AskedData* asked = nullptr;
  /// Of a channel's: a signal that it raised (NetBSD's), for its answer. 0: none.
  int signal = 0;
  /// Of a fork handshake: the process that the cookie stood for.
  std::unique_ptr<KernelProcess> prepared;

  /// On which CPU the client made it, plus 1. 0: it does not say, is elsewhere, or had not
  /// got the answer to its request before this.
  unsigned client_cpu = 0;

  // ---- the rest belongs to the session's mutex

  /// Bytes that it counts for in the budgets.
  std::size_t held = 0;
  /// Who executes it now; set and cleared with the kernel's CPU held.
  Executor executor;
  /// The client wants it to end with EINTR, and said so before it was begun.
  bool interrupted = false;
  /// The program that made the call is gone (exec): no answer, no more copies.
  bool cancelled = false;

  [[nodiscard]] bool is_syscall() const {
    return header.type == sysproxy::FrameType::syscall || header.type == sysproxy::FrameType::call;
  }
  [[nodiscard]] sysproxy::HandshakeKind handshake() const {
    return static_cast<sysproxy::HandshakeKind>(header.detail);
  }
};

}  // namespace farcall::server
