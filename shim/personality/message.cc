// Sending and receiving with addresses, flags and control messages.
#include "personality/netbsd.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <vector>

#include "personality/call.h"
#include "personality/control.h"
#include "personality/flags.h"
#include "personality/personality.h"
#include "personality/sockaddr.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

static_assert(sizeof(iovec) == sizeof(netbsd::iovec) &&
              offsetof(iovec, iov_len) == offsetof(netbsd::iovec, iov_len));

constexpr std::size_t kMostVectors = 1024;
constexpr std::size_t kLargestDatagram = 65536;
constexpr unsigned kMostMessages = 1024;

/// Room for what the kernel tells besides the data.
struct Received {
  KernelAddress from;
  std::vector<std::byte> control;
  netbsd::msghdr header = {};
};

void aim(netbsd::msghdr& header, const iovec* vectors, std::size_t count) {
  header.msg_iov = const_cast<iovec*>(vectors);
  header.msg_iovlen = static_cast<int>(count);
}

std::size_t total_size(const iovec* vectors, std::size_t count) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += vectors[i].iov_len;
  return total;
}

/// Receives one message. With MSG_TRUNC on a datagram socket the true length is returned, as Linux
/// does: what does not fit the program's vectors goes into scratch memory of our own, whose size
/// bounds any datagram.
Sysret receive(int kfd, Received& message, int flags) {
  const auto netbsd_flags = receive_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  if ((flags & MSG_TRUNC) == 0 || socket_type(kfd) == SOCK_STREAM) {
    return call(NB_SYS_recvmsg, kfd, &message.header, *netbsd_flags);
  }
  const auto* vectors = static_cast<const iovec*>(message.header.msg_iov);
  const auto count = static_cast<std::size_t>(message.header.msg_iovlen);
  if (count == kMostVectors) return -EMSGSIZE;
  std::vector<std::byte> scratch(kLargestDatagram);
  std::vector<iovec> longer(vectors, vectors + count);
  longer.push_back({scratch.data(), scratch.size()});
  aim(message.header, longer.data(), longer.size());
  const Sysret size = call(NB_SYS_recvmsg, kfd, &message.header, *netbsd_flags);
  aim(message.header, vectors, count);
  if (size > 0 && static_cast<std::size_t>(size) > total_size(vectors, count)) {
    message.header.msg_flags |= NB_MSG_TRUNC;
  }
  return size;
}

/// recvfrom. The address, when it is wanted, is NetBSD's.
Sysret receive_plain(int kfd, void* data, size_t size, int flags, KernelAddress* name) {
  if ((flags & MSG_TRUNC) != 0) {
    const iovec vector{data, size};
    Received received;
    aim(received.header, &vector, 1);
    received.header.msg_name = name == nullptr ? nullptr : name->bytes;
    received.header.msg_namelen = name == nullptr ? 0 : KernelAddress::kMax;
    const Sysret result = receive(kfd, received, flags);
    if (name != nullptr)
      name->size = std::min<unsigned>(received.header.msg_namelen, KernelAddress::kMax);
    return result;
  }
  const auto netbsd_flags = receive_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  if (name == nullptr)
    return call(NB_SYS_recvfrom, kfd, data, size, *netbsd_flags, nullptr, nullptr);
  name->size = KernelAddress::kMax;
  const Sysret result =
      call(NB_SYS_recvfrom, kfd, data, size, *netbsd_flags, name->bytes, &name->size);
  name->size = std::min<unsigned>(name->size, KernelAddress::kMax);
  return result;
}

/// Puts what the kernel wrote beside the data into the program's msghdr.
Sysret store_received(const Received& received, msghdr* message) {
  message->msg_flags = message_flags_to_linux(received.header.msg_flags);
  if (message->msg_name != nullptr) {
    const std::size_t size =
        std::min<std::size_t>(received.header.msg_namelen, KernelAddress::kMax);
    const LinuxAddress from = address_to_linux(received.from.bytes, size);
    const Sysret stored =
        store_address(from, static_cast<sockaddr*>(message->msg_name), &message->msg_namelen);
    if (stored < 0) return stored;
  } else {
    message->msg_namelen = 0;
  }
  const std::size_t size =
      std::min<std::size_t>(received.header.msg_controllen, received.control.size());
  const LinuxControl control =
      control_to_linux({received.control.data(), size},
                       {static_cast<std::byte*>(message->msg_control), message->msg_controllen});
  message->msg_controllen = control.size;
  if (control.truncated) message->msg_flags |= MSG_CTRUNC;
  return 0;
}

/// 0, or what Linux says about a msghdr that it will not even look into.
Sysret check_message(const msghdr* message) {
  if (message == nullptr) return -EFAULT;
  if (message->msg_iovlen > kMostVectors) return -EMSGSIZE;
  if (message->msg_iov == nullptr && message->msg_iovlen != 0) return -EFAULT;
  if (message->msg_control == nullptr && message->msg_controllen != 0) return -EFAULT;
  return message->msg_controllen > INT_MAX ? -ENOBUFS : 0;
}

bool expired(const timespec& deadline) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > deadline.tv_sec ||
         (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec);
}

timespec deadline_after(const timespec& timeout) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  now.tv_sec += timeout.tv_sec;
  now.tv_nsec += timeout.tv_nsec;
  if (now.tv_nsec >= 1'000'000'000) {
    now.tv_nsec -= 1'000'000'000;
    ++now.tv_sec;
  }
  return now;
}

}  // namespace

Sysret sendto(int kfd, const void* data, size_t size, int flags, const sockaddr* to,
              socklen_t length) {
  const auto netbsd_flags = send_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  if (to == nullptr) return call(NB_SYS_sendto, kfd, data, size, *netbsd_flags, nullptr, 0);
  const auto name = address_to_netbsd(to, length);
  if (!name) return -name.code();
  return call(NB_SYS_sendto, kfd, data, size, *netbsd_flags, name->bytes, name->size);
}

Sysret sendmsg(int kfd, const msghdr* message, int flags) {
  if (const Sysret bad = check_message(message); bad < 0) return bad;
  const auto netbsd_flags = send_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  netbsd::msghdr header = {};
  KernelAddress name;
  if (message->msg_name != nullptr && message->msg_namelen != 0) {
    const auto given =
        address_to_netbsd(static_cast<const sockaddr*>(message->msg_name), message->msg_namelen);
    if (!given) return -given.code();
    name = *given;
    header.msg_name = name.bytes;
    header.msg_namelen = name.size;
  }
  auto control = control_to_netbsd(
      {static_cast<const std::byte*>(message->msg_control), message->msg_controllen});
  if (!control) return -control.code();
  if (!control->empty()) {
    header.msg_control = control->data();
    header.msg_controllen = static_cast<unsigned>(control->size());
  }
  aim(header, message->msg_iov, message->msg_iovlen);
  return call(NB_SYS_sendmsg, kfd, &header, *netbsd_flags);
}

Sysret recvfrom(int kfd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length) {
  if (from != nullptr && length == nullptr) return -EFAULT;
  if (from != nullptr && static_cast<int>(*length) < 0) return -EINVAL;
  KernelAddress name;
  const Sysret result = receive_plain(kfd, data, size, flags, from == nullptr ? nullptr : &name);
  if (result < 0 || from == nullptr) return result;
  const Sysret stored = store_address(address_to_linux(name.bytes, name.size), from, length);
  return stored < 0 ? stored : result;
}

Sysret recvmsg(int kfd, msghdr* message, int flags) {
  if (const Sysret bad = check_message(message); bad < 0) return bad;
  if (message->msg_name != nullptr && static_cast<int>(message->msg_namelen) < 0) return -EINVAL;
  Received received;
  aim(received.header, message->msg_iov, message->msg_iovlen);
  if (message->msg_name != nullptr) {
    received.header.msg_name = received.from.bytes;
    received.header.msg_namelen = KernelAddress::kMax;
  }
  if (message->msg_controllen != 0) {
    // A NetBSD message is never longer than Linux's; room for more would only let more be cut here.
    received.control.resize(std::min<std::size_t>(message->msg_controllen, kLargestControl));
    received.header.msg_control = received.control.data();
    received.header.msg_controllen = static_cast<unsigned>(received.control.size());
  }
  const Sysret size = receive(kfd, received, flags);
  if (size < 0) return size;
  const Sysret stored = store_received(received, message);
  return stored < 0 ? stored : size;
}

Sysret sendmmsg(int kfd, mmsghdr* messages, unsigned count, int flags) {
  if (messages == nullptr && count != 0) return -EFAULT;
  const unsigned most = std::min(count, kMostMessages);
  for (unsigned i = 0; i < most; ++i) {
    const Sysret sent = personality::sendmsg(kfd, &messages[i].msg_hdr, flags);
    if (sent < 0) return i != 0 ? i : sent;
    messages[i].msg_len = static_cast<unsigned>(sent);
  }
  return most;
}

Sysret recvmmsg(int kfd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  if (messages == nullptr && count != 0) return -EFAULT;
  const bool bad_time = timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
                                               timeout->tv_nsec > 999'999'999);
  if (bad_time) return -EINVAL;
  const timespec deadline = timeout == nullptr ? timespec{} : deadline_after(*timeout);
  const unsigned most = std::min(count, kMostMessages);
  for (unsigned i = 0; i < most; ++i) {
    const Sysret got = personality::recvmsg(kfd, &messages[i].msg_hdr, flags & ~MSG_WAITFORONE);
    if (got < 0) return i != 0 ? i : got;
    messages[i].msg_len = static_cast<unsigned>(got);
    if ((flags & MSG_WAITFORONE) != 0) flags |= MSG_DONTWAIT;
    // As Linux, the time is looked at after each message only.
    if (timeout != nullptr && expired(deadline)) return i + 1;
  }
  return most;
}

}  // namespace farcall::personality
