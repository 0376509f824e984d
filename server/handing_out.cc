#include "server/handing_out.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/descriptor.h"

namespace farcall::server {
namespace {

bool send_descriptor(int over, int fd) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(fd));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  return sendmsg(over, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

}  // namespace

int hand_out_connection(int over) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) return -1;
  const Descriptor clients(ends[1]);
  if (send_descriptor(over, ends[1])) return ends[0];
  const int error = errno;
  ::close(ends[0]);
  errno = error;
  return -1;
}

}  // namespace farcall::server
