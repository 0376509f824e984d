#include "personality/netbsd.h"

#include "personality/flags.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

namespace farcall::personality {
namespace {

struct FlagPair {
  unsigned linux_bits;
  unsigned netbsd_bits;
};

unsigned to_netbsd(std::span<const FlagPair> pairs, unsigned linux_bits) {
  unsigned result = 0;
  for (const FlagPair& pair : pairs) {
    if ((linux_bits & pair.linux_bits) == pair.linux_bits) result |= pair.netbsd_bits;
  }
  return result;
}

unsigned to_linux(std::span<const FlagPair> pairs, unsigned netbsd_bits) {
  unsigned result = 0;
  for (const FlagPair& pair : pairs) {
    if ((netbsd_bits & pair.netbsd_bits) != 0) result |= pair.linux_bits;
  }
  return result;
}

// O_CLOEXEC is missing: closing on exec is the business of whoever owns the host's descriptor.
constexpr FlagPair kOpenFlags[] = {
    {O_CREAT, NB_O_CREAT},         {O_EXCL, NB_O_EXCL},         {O_NOCTTY, NB_O_NOCTTY},
    {O_TRUNC, NB_O_TRUNC},         {O_APPEND, NB_O_APPEND},     {O_NONBLOCK, NB_O_NONBLOCK},
    {O_SYNC, NB_O_SYNC},           {O_DSYNC, NB_O_DSYNC},       {O_ASYNC, NB_O_ASYNC},
    {O_DIRECTORY, NB_O_DIRECTORY}, {O_NOFOLLOW, NB_O_NOFOLLOW}, {O_DIRECT, NB_O_DIRECT},
};
constexpr int kSettableFlags = O_APPEND | O_ASYNC | O_DIRECT | O_NONBLOCK;

// NetBSD's sockets wait for room unless they are told MSG_NBIO.
constexpr FlagPair kSendFlags[] = {
    {MSG_OOB, NB_MSG_OOB},
    {MSG_DONTROUTE, NB_MSG_DONTROUTE},
    {MSG_DONTWAIT, NB_MSG_DONTWAIT | NB_MSG_NBIO},
    {MSG_EOR, NB_MSG_EOR},
    {MSG_NOSIGNAL, NB_MSG_NOSIGNAL},
};
constexpr FlagPair kReceiveFlags[] = {
    {MSG_OOB, NB_MSG_OOB},
    {MSG_PEEK, NB_MSG_PEEK},
    {MSG_WAITALL, NB_MSG_WAITALL},
    {MSG_DONTWAIT, NB_MSG_DONTWAIT},
};
constexpr FlagPair kResultFlags[] = {
    {MSG_OOB, NB_MSG_OOB},
    {MSG_EOR, NB_MSG_EOR},
    {MSG_TRUNC, NB_MSG_TRUNC},
    {MSG_CTRUNC, NB_MSG_CTRUNC},
};

constexpr FlagPair kInterfaceFlags[] = {
    {IFF_UP, NB_IFF_UP},
    {IFF_BROADCAST, NB_IFF_BROADCAST},
    {IFF_DEBUG, NB_IFF_DEBUG},
    {IFF_LOOPBACK, NB_IFF_LOOPBACK},
    {IFF_POINTOPOINT, NB_IFF_POINTOPOINT},
    {IFF_RUNNING, NB_IFF_RUNNING},
    {IFF_NOARP, NB_IFF_NOARP},
    {IFF_PROMISC, NB_IFF_PROMISC},
    {IFF_ALLMULTI, NB_IFF_ALLMULTI},
    {IFF_MULTICAST, NB_IFF_MULTICAST},
};

constexpr FlagPair kPollEvents[] = {
    {POLLIN, NB_POLLIN},         {POLLPRI, NB_POLLPRI},       {POLLOUT, NB_POLLOUT},
    {POLLERR, NB_POLLERR},       {POLLHUP, NB_POLLHUP},       {POLLNVAL, NB_POLLNVAL},
    {POLLRDNORM, NB_POLLRDNORM}, {POLLRDBAND, NB_POLLRDBAND}, {POLLWRNORM, NB_POLLWRNORM},
    {POLLWRBAND, NB_POLLWRBAND},
};

struct FamilyPair {
  int linux_family;
  int netbsd_family;
};
constexpr FamilyPair kFamilies[] = {
    {AF_UNSPEC, NB_AF_UNSPEC},
    {AF_UNIX, NB_AF_UNIX},
    {AF_INET, NB_AF_INET},
    {AF_INET6, NB_AF_INET6},
};

constexpr int kTypeMask = 0xf;
constexpr int kMostTypes = SOCK_PACKET + 1;

}  // namespace

Result<int> open_flags_to_netbsd(int linux_flags) {
  // O_TMPFILE has O_DIRECTORY in it.
  if ((linux_flags & O_PATH) != 0 || (linux_flags & O_TMPFILE) == O_TMPFILE)
    return Error{EOPNOTSUPP};
  const unsigned bits = to_netbsd(kOpenFlags, static_cast<unsigned>(linux_flags));
  return static_cast<int>(bits) | (linux_flags & O_ACCMODE);
}

int file_flags_to_linux(int netbsd_flags) {
  const unsigned bits = to_linux(kOpenFlags, static_cast<unsigned>(netbsd_flags));
  const int creation = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC;
  return (static_cast<int>(bits) & ~creation) | (netbsd_flags & NB_O_ACCMODE);
}

int settable_flags_to_netbsd(int linux_flags) {
  return static_cast<int>(
      to_netbsd(kOpenFlags, static_cast<unsigned>(linux_flags & kSettableFlags)));
}

Result<int> send_flags_to_netbsd(int linux_flags) {
  if ((linux_flags & MSG_FASTOPEN) != 0) return Error{EOPNOTSUPP};
  return static_cast<int>(to_netbsd(kSendFlags, static_cast<unsigned>(linux_flags)));
}

Result<int> receive_flags_to_netbsd(int linux_flags) {
  if ((linux_flags & MSG_ERRQUEUE) != 0) return Error{EAGAIN};
  return static_cast<int>(to_netbsd(kReceiveFlags, static_cast<unsigned>(linux_flags)));
}

int message_flags_to_linux(int netbsd_flags) {
  return static_cast<int>(to_linux(kResultFlags, static_cast<unsigned>(netbsd_flags)));
}

int family_to_linux(int netbsd_family) {
  for (const FamilyPair& pair : kFamilies) {
    if (pair.netbsd_family == netbsd_family) return pair.linux_family;
  }
  return -1;
}

int family_to_netbsd(int linux_family) {
  for (const FamilyPair& pair : kFamilies) {
    if (pair.linux_family == linux_family) return pair.netbsd_family;
  }
  return -1;
}

namespace {

bool is_inet(int domain) { return domain == AF_INET || domain == AF_INET6; }

/// 0, or the Linux errno for a type and protocol that this domain does not have.
int check_protocol(int domain, int type, int protocol) {
  if (domain == AF_UNIX) return protocol == 0 || protocol == PF_UNIX ? 0 : EPROTONOSUPPORT;
  switch (type) {
    case SOCK_STREAM:
      return protocol == 0 || protocol == IPPROTO_TCP ? 0 : EPROTONOSUPPORT;
    case SOCK_DGRAM:
      if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) return EACCES;
      return protocol == 0 || protocol == IPPROTO_UDP ? 0 : EPROTONOSUPPORT;
    case SOCK_RAW:
      return protocol > 0 && protocol < IPPROTO_MAX ? 0 : EPROTONOSUPPORT;
    default:
      return ESOCKTNOSUPPORT;
  }
}

/// A local socket of type SOCK_RAW is a datagram socket on Linux.
int local_type(int type) { return type == SOCK_RAW ? SOCK_DGRAM : type; }

}  // namespace

Result<SocketArguments> socket_arguments_to_netbsd(int domain, int type, int protocol) {
  const int flags = type & ~kTypeMask;
  const int bare = type & kTypeMask;
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return Error{EINVAL};
  if (domain != AF_UNIX && !is_inet(domain)) return Error{EAFNOSUPPORT};
  if (bare == 0 || bare >= kMostTypes) return Error{EINVAL};
  if (domain == AF_UNIX && bare != SOCK_STREAM && bare != SOCK_DGRAM && bare != SOCK_SEQPACKET &&
      bare != SOCK_RAW) {
    return Error{ESOCKTNOSUPPORT};
  }
  if (const int error = check_protocol(domain, bare, protocol); error != 0) return Error{error};
  SocketArguments arguments{family_to_netbsd(domain), bare, domain == AF_UNIX ? 0 : protocol};
  if (domain == AF_UNIX) arguments.type = local_type(bare);
  if ((flags & SOCK_NONBLOCK) != 0) arguments.type |= NB_SOCK_NONBLOCK;
  return arguments;
}

unsigned interface_flags_to_linux(int netbsd_flags) {
  return to_linux(kInterfaceFlags, static_cast<unsigned>(netbsd_flags));
}

Result<int> interface_flags_to_netbsd(unsigned linux_flags, int netbsd_flags_now) {
  constexpr unsigned kRefused = IFF_PROMISC | IFF_ALLMULTI;
  constexpr unsigned kChangeable = IFF_UP | IFF_DEBUG | IFF_NOARP;
  const unsigned now = interface_flags_to_linux(netbsd_flags_now);
  if (((linux_flags ^ now) & kRefused) != 0) return Error{EOPNOTSUPP};
  const unsigned keep =
      static_cast<unsigned>(netbsd_flags_now) & ~to_netbsd(kInterfaceFlags, kChangeable);
  return static_cast<int>(keep | to_netbsd(kInterfaceFlags, linux_flags & kChangeable));
}

short poll_events_to_netbsd(short linux_events) {
  return static_cast<short>(to_netbsd(kPollEvents, static_cast<unsigned short>(linux_events)));
}

short poll_events_to_linux(short netbsd_revents, short linux_events) {
  constexpr int kAlways = POLLERR | POLLHUP | POLLNVAL;
  const unsigned bits = to_linux(kPollEvents, static_cast<unsigned short>(netbsd_revents));
  return static_cast<short>(static_cast<int>(bits) & (linux_events | kAlways));
}

}  // namespace farcall::personality
