#include "plain_link.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "farcall/host_numbers.h"
#include "host.h"
#include "link.h"
#include "netbsd/syscalls.h"

namespace farcall::client {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

constexpr std::uint64_t kRequest = 1;  // there is one at a time

struct [[gnu::packed]] AnswerFrame {
  FrameHeader header;
  sysproxy::SyscallResponse response;
};
static_assert(sizeof(AnswerFrame) == 48);

Error error_of(long result) { return Error{static_cast<int>(-result)}; }

/// Whether a whole answer to `request` lies there.
bool has_answer(int fd, std::uint64_t request, int flags) {
  AnswerFrame frame;
  const long size = host::recv(fd, &frame, sizeof frame, MSG_PEEK | flags);
  return size == sizeof frame && frame.header.length == sizeof frame &&
         frame.header.request == request && frame.header.frame_class == FrameClass::response &&
         frame.header.type == FrameType::syscall;
}

}  // namespace

/// All at once or not at all: what is sent here fits the buffer of any socket that is in order, and
/// one that is not shall not keep this thread.
Result<void> PlainLink::send(FrameHeader header, std::span<const std::byte> body) {
  header.length = sizeof header + body.size();
  iovec pieces[2] = {{&header, sizeof header}, {const_cast<std::byte*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  const long sent = host::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return error_of(sent);
  if (static_cast<std::uint64_t>(sent) != header.length) return Error{EPROTO};
  return {};
}

Result<void> PlainLink::send_request(std::uint64_t request, int number,
                                     std::initializer_list<std::uint64_t> arguments) {
  return send(
      {0, request, FrameClass::request, FrameType::syscall, static_cast<std::uint32_t>(number)},
      std::as_bytes(std::span(arguments.begin(), arguments.size())));
}

/// Answers a copyin.
Result<void> PlainLink::lend(const FrameHeader& header, const Deadline& deadline) {
  sysproxy::CopyRequest copy;
  if (header.type != FrameType::copyin || header.length != sizeof header + sizeof copy) {
    return Error{EPROTO};
  }
  if (const long error = read_all(fd_, &copy, sizeof copy, deadline); error != 0) {
    return error_of(error);
  }
  const std::uint64_t offset = copy.address - reinterpret_cast<std::uintptr_t>(lent_.data());
  if (offset > lent_.size() || copy.length > lent_.size() - offset) return Error{EPROTO};
  return send({0, header.request, FrameClass::response, header.type, 0},
              lent_.subspan(offset, copy.length));
}

Result<std::int64_t> PlainLink::await(std::uint64_t request) {
  const Deadline deadline;
  for (;;) {
    FrameHeader header;
    long error = read_all(fd_, &header, sizeof header, deadline);
    if (error != 0) return error_of(error);
    if (header.frame_class == FrameClass::request) {
      FARCALL_TRY(lend(header, deadline));
      continue;
    }
    if (header.request != request) return Error{EPROTO};
    if (header.frame_class == FrameClass::error) return Error{errno_from_wire(header.detail)};
    sysproxy::SyscallResponse response;
    if (header.length != sizeof header + sizeof response) return Error{EPROTO};
    if (error = read_all(fd_, &response, sizeof response, deadline); error != 0) {
      return error_of(error);
    }
    if (response.error != 0) return Error{errno_from_netbsd(response.error)};
    return std::int64_t{response.result[0]};
  }
}

Result<std::int64_t> PlainLink::call(int number, std::initializer_list<std::uint64_t> arguments) {
  FARCALL_TRY(send_request(kRequest, number, arguments));
  return await(kRequest);
}

Result<void> PlainLink::leave_mark(std::uint64_t mark) {
  FARCALL_TRY(send_request(mark, NB_SYS_getpid, {}));
  if (const long error = Deadline().wait(fd_, POLLIN); error != 0) return error_of(error);
  if (!has_answer(fd_, mark, MSG_WAITALL)) return Error{EPROTO};
  return {};
}

bool PlainLink::is_marked(int fd, std::uint64_t mark) { return has_answer(fd, mark, MSG_DONTWAIT); }

Result<void> PlainLink::take_mark(std::uint64_t mark) {
  FARCALL_TRY(await(mark));
  return {};
}

}  // namespace farcall::client
