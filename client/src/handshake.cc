// The first frames on a connection: what both ends can do, and who the client is.
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "hello.h"
#include "host.h"
#include "link.h"
#include "output.h"
#include "stream.h"

namespace farcall::client {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;

// Unlike any number that a call of this or of an earlier program on this connection has.
constexpr std::uint64_t kHandshakeRequest = (std::uint64_t{1} << 63) - 1;
constexpr std::uint64_t kHelloRequest = kHandshakeRequest - 1;

/// This program's name with its NUL; returns the size.
std::size_t program_name(char (&name)[64]) {
  long size = -1;
  if (const long fd = host::open("/proc/self/comm", O_RDONLY | O_CLOEXEC); fd >= 0) {
    size = host::read(static_cast<int>(fd), name, sizeof name - 1);
    host::close(static_cast<int>(fd));
  }
  if (size <= 0) return static_cast<std::size_t>(snprintf(name, sizeof name, "unknown")) + 1;
  if (name[size - 1] == '\n') --size;
  name[size] = '\0';
  return static_cast<std::size_t>(size) + 1;
}

bool wants_answer(const FrameHeader& header) {
  return header.frame_class == FrameClass::request &&
         (header.type == FrameType::copyin || header.type == FrameType::copyinstr ||
          header.type == FrameType::anonmmap);
}

/// Tells the server that the memory of a call which is no more is not there.
void refuse(int fd, const FrameHeader& request) {
  FrameHeader answer{sizeof answer, request.request, FrameClass::error, request.type,
                     static_cast<std::uint32_t>(sysproxy::WireError::malformed)};
  iovec piece{&answer, sizeof answer};
  std::size_t sent = 0;
  send_all(fd, &piece, 1, &sent);
}

struct Answered {
  int error = 0;  ///< the host's, of an error frame
  std::size_t size = 0;
};

/// Awaits the answer to the request of that number; its body's beginning goes to `body`. 0 or
/// -errno.
long await_answer(const Link& link, std::uint64_t request, std::span<std::byte> body,
                  Answered* answered) {
  const Deadline deadline;
  for (;;) {
    FrameHeader header;
    long error = read_all(link.fd, &header, sizeof header, deadline);
    if (error != 0) return error;
    if (header.length < sizeof header) return -EPROTO;
    std::size_t left = header.length - sizeof header;
    const bool ours = header.frame_class != FrameClass::request && header.request == request;
    const std::size_t taken = ours ? std::min(left, body.size()) : 0;
    if (error = read_all(link.fd, body.data(), taken, deadline); error != 0) return error;
    left -= taken;
    if (error = read_all(link.fd, nullptr, left, deadline); error != 0) return error;
    if (ours) {
      const bool refused = header.frame_class == FrameClass::error;
      *answered = {refused ? errno_from_wire(header.detail) : 0, taken};
      return 0;
    }
    if (link.marked && wants_answer(header)) refuse(link.fd, header);
  }
}

Result<void> await_handshake(const Link& link) {
  std::int32_t code = 0;
  Answered answered;
  const long error =
      await_answer(link, kHandshakeRequest, std::as_writable_bytes(std::span(&code, 1)), &answered);
  if (error != 0) return Error{static_cast<int>(-error)};
  if (answered.error != 0) return Error{answered.error};
  if (answered.size < sizeof code) return Error{EPROTO};
  if (code != 0) return Error{code};
  return {};
}

/// What to offer on this connection: it takes a unix socket to hand descriptors over, and another
/// socket may lead to another machine.
Features to_offer(const Link& link) {
  int domain = 0;
  socklen_t size = sizeof domain;
  host::getsockopt(link.fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  if (!link.marked) return {};
  Features features = Features::allowed();
  if (domain != AF_UNIX) {
    features.remove(Features::direct_memory);
    features.remove(Features::channels);
    features.remove(Features::buffers);
    features.remove(Features::channel_events);
    features.remove(Features::connections);
  }
  return features;
}

/// Sends a Hello, with the descriptor that direct memory needs.
void send_hello(const Link& link, Features features) {
  long memory = -1;
  if (features.has(Features::direct_memory))
    memory = host::open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (memory < 0) features.remove(Features::direct_memory);
  std::array<std::byte, kMaxHelloSize> body;
  const std::size_t size = encode_hello(features, body);
  FrameHeader header{sizeof header + size, kHelloRequest, FrameClass::request, FrameType::hello, 0};
  iovec pieces[2] = {{&header, sizeof header}, {body.data(), size}};
  std::size_t sent = 0;
  send_all(link.fd, pieces, 2, &sent, {static_cast<int>(std::max(memory, -1L))});
  if (memory >= 0) host::close(static_cast<int>(memory));
}

Result<void> await_hello(Link& link) {
  std::array<std::byte, sysproxy::kMaxHello> body;
  Answered answered;
  HelloAnswer answer;
  const long error = await_answer(link, kHelloRequest, body, &answered);
  if (error != 0) return Error{static_cast<int>(-error)};
  if (answered.error != 0) return Error{answered.error};
  if (!decode_hello_answer(std::span(body).first(answered.size), &answer)) return Error{EPROTO};
  if (answer.version != sysproxy::kHelloVersion) return Error{EPROTONOSUPPORT};
  link.max_channels = answer.features.has(Features::channels) ? answer.max_channels : 0;
  link.max_buffers = answer.features.has(Features::buffers) ? answer.max_buffers : 0;
  link.borrows = answer.borrows;
  link.connections = answer.features.has(Features::connections);
  link.channel_events = answer.features.has(Features::channel_events);
  link.max_data = answer.features.has(Features::inline_buffers) ? answer.max_data : 0;
  return {};
}

long send_handshake(int fd, HandshakeKind kind, const void* body, std::size_t size) {
  FrameHeader header{sizeof header + size, kHandshakeRequest, FrameClass::request,
                     FrameType::handshake, static_cast<std::uint32_t>(kind)};
  iovec pieces[2] = {{&header, sizeof header}, {const_cast<void*>(body), size}};
  std::size_t sent = 0;
  return send_all(fd, pieces, 2, &sent);
}

}  // namespace

int errno_from_wire(std::uint32_t detail) {
  switch (static_cast<sysproxy::WireError>(detail)) {
    case sysproxy::WireError::try_again:
      return EAGAIN;
    case sysproxy::WireError::auth:
      return EPERM;
    case sysproxy::WireError::invalid_prefork:
      return ESRCH;
    case sysproxy::WireError::rfork_failed:
      return EAGAIN;
    case sysproxy::WireError::in_exec:
      return EBUSY;
    case sysproxy::WireError::no_memory:
      return ENOMEM;
    case sysproxy::WireError::malformed:
      return EINVAL;
    case sysproxy::WireError::version:
      return EPROTONOSUPPORT;
    default:
      return EIO;
  }
}

Result<void> introduce(Link& link, HandshakeKind kind, const sysproxy::ForkHandshake* fork) {
  char name[64];
  const void* body = fork;
  std::size_t size = sizeof *fork;
  if (fork == nullptr) {
    size = program_name(name);
    body = name;
  }
  const Features features = to_offer(link);
  // On a connection that an earlier program had, what it had agreed on ends with the handshake.
  const bool hello_first = kind != HandshakeKind::exec && !features.empty();
  // That the server has gone shows in what it said last.
  if (hello_first) send_hello(link, features);
  send_handshake(link.fd, kind, body, size);
  if (hello_first) FARCALL_TRY(await_hello(link));
  FARCALL_TRY(await_handshake(link));
  if (hello_first || features.empty()) return {};
  send_hello(link, features);
  return await_hello(link);
}

void cancel_fork(const Link& link, const sysproxy::ForkCookie& cookie) {
  const sysproxy::ForkHandshake cancel{cookie, 1};
  if (send_handshake(link.fd, HandshakeKind::fork, &cancel, sizeof cancel) != 0) return;
  // The server closes when it is done; so the descriptors that the child would have had are closed
  // when we return.
  host::shutdown(link.fd, SHUT_WR);
  char rest[64];
  const Deadline deadline;
  while (read_some(link.fd, rest, sizeof rest, deadline) > 0) continue;
}

}  // namespace farcall::client
