#include "handed_out.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "connection.h"
#include "descriptors.h"
#include "host.h"
#include "session.h"

namespace farcall::client {
namespace {

/// A pair of sockets of our own, closed with the object.
class Way {
 public:
  Way() {
    int ends[2];
    if (host::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, ends) != 0) return;
    here_ = move_high(ends[0]);
    there_ = move_high(ends[1]);
  }
  ~Way() {
    if (here_ >= 0) close_own(here_);
    if (there_ >= 0) close_own(there_);
  }
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;

  [[nodiscard]] int here() const { return here_; }
  [[nodiscard]] int there() const { return there_; }

 private:
  int here_ = -1;
  int there_ = -1;
};

/// The server sends over `way`, and says so in its answer.
Result<void> ask(const Way& way) {
  const Request request{sysproxy::FrameType::connect, 0, nullptr, 0, {way.there()}};
  FARCALL_ASSIGN(const Answer answer, perform(request, {Patience::steadfast}));
  if (answer.outcome == Call::Outcome::refused) return Error{errno_from_wire(answer.detail)};
  std::int32_t code = -1;
  if (answer.outcome != Call::Outcome::answered || answer.size < sizeof code) return Error{EPROTO};
  std::memcpy(&code, answer.body.data(), sizeof code);
  if (code != 0) return Error{EPROTO};
  return {};
}

/// The descriptor that lies in `socket`, or -errno.
int take_descriptor(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  int fd = -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const long received = host::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) return static_cast<int>(received);
  const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return -EPROTO;
  std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
  return fd;
}

}  // namespace

Result<Link> ask_for_link() {
  if (!connection().hands_out()) return Error{EOPNOTSUPP};
  const Way way;
  if (way.here() < 0 || way.there() < 0) return Error{EMFILE};
  FARCALL_TRY(ask(way));
  const int fd = move_high(take_descriptor(way.here()));
  if (fd < 0) return Error{-fd};
  Reason reason(nullptr, 0);
  return greet(fd, server_url(), reason);
}

}  // namespace farcall::client
