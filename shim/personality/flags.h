// Flag words of Linux and NetBSD: open and F_SETFL, messages, socket types, interfaces, poll
// events. Pure functions.
#pragma once

#include "farcall/result.h"

namespace farcall::personality {

/// open(2): access mode and flags that NetBSD has; O_TMPFILE and O_PATH have no counterpart:
/// EOPNOTSUPP.
Result<int> open_flags_to_netbsd(int linux_flags);
/// What F_GETFL shows, access mode included.
int file_flags_to_linux(int netbsd_flags);
/// What F_SETFL may change; other bits are dropped, as Linux drops them.
int settable_flags_to_netbsd(int linux_flags);

/// For send: EOPNOTSUPP for MSG_FASTOPEN. MSG_CONFIRM, MSG_MORE and MSG_ZEROCOPY are hints and are
/// dropped.
Result<int> send_flags_to_netbsd(int linux_flags);
/// For receive: EAGAIN for MSG_ERRQUEUE, because this kernel's error queues are always empty.
/// MSG_TRUNC is dropped: the caller deals with it.
Result<int> receive_flags_to_netbsd(int linux_flags);
/// msg_flags of a received message.
int message_flags_to_linux(int netbsd_flags);

struct SocketArguments {
  int domain;
  int type;  ///< with NetBSD's SOCK_NONBLOCK when Linux's was given
  int protocol;
};
/// socket(2) and socketpair(2): EINVAL for unknown flags or types; EAFNOSUPPORT, ESOCKTNOSUPPORT,
/// EPROTONOSUPPORT as Linux decides; EACCES for ICMP on SOCK_DGRAM, which makes ping take a raw
/// socket instead.
Result<SocketArguments> socket_arguments_to_netbsd(int domain, int type, int protocol);

/// AF_* of NetBSD as Linux's and back; -1 for one that the other system or this library has not.
int family_to_linux(int netbsd_family);
int family_to_netbsd(int linux_family);

/// IFF_*.
unsigned interface_flags_to_linux(int netbsd_flags);
/// The flags to set, given those that are set now. EOPNOTSUPP for a change that no NetBSD ioctl can
/// make (IFF_PROMISC, IFF_ALLMULTI); bits that Linux's SIOCSIFFLAGS ignores are ignored.
Result<int> interface_flags_to_netbsd(unsigned linux_flags, int netbsd_flags_now);

/// events of a pollfd. POLLRDHUP has no counterpart: poll.cc finds it by peeking.
short poll_events_to_netbsd(short linux_events);
/// revents, restricted to what was asked for and what is always reported.
short poll_events_to_linux(short netbsd_revents, short linux_events);

}  // namespace farcall::personality
