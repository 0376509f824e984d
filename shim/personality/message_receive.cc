// recvfrom and recvmsg.
#include "personality/netbsd.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "personality/call.h"
#include "personality/control.h"
#include "personality/descriptor_kind.h"
#include "personality/flags.h"
#include "personality/memory.h"
#include "personality/message.h"
#include "personality/raw_ipv4.h"
#include "personality/sockaddr.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

constexpr std::size_t kLargestDatagram = 65536;

/// Room for what the kernel tells besides the data.
struct Received {
  KernelAddress from;
  std::vector<std::byte> control;
  netbsd::msghdr header = {};
};

std::size_t total_size(std::span<const iovec> vectors) {
  std::size_t total = 0;
  for (const iovec& vector : vectors) total += vector.iov_len;
  return total;
}

/// recvmsg with MSG_TRUNC: the true length of a datagram is returned, as Linux does. What does not
/// fit the program's vectors goes into scratch memory of our own, whose size bounds any datagram.
Sysret receive_whole(int kfd, Received& message, std::span<const iovec> vectors, int netbsd_flags) {
  if (vectors.size() == kMostVectors) return -EMSGSIZE;
  std::vector<std::byte> scratch(kLargestDatagram);
  std::vector<iovec> longer(vectors.begin(), vectors.end());
  longer.push_back({scratch.data(), scratch.size()});
  aim(message.header, longer);
  const Sysret size = call(NB_SYS_recvmsg, kfd, &message.header, netbsd_flags);
  if (size > 0 && static_cast<std::size_t>(size) > total_size(vectors)) {
    message.header.msg_flags |= NB_MSG_TRUNC;
  }
  return size;
}

Sysret receive(int kfd, Received& message, std::span<const iovec> vectors, int flags) {
  const auto netbsd_flags = receive_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  const bool whole = (flags & MSG_TRUNC) != 0 && socket_type(kfd) != SOCK_STREAM;
  if (whole)
    return received_packet(kfd, vectors, receive_whole(kfd, message, vectors, *netbsd_flags));
  aim(message.header, vectors);
  return received_packet(kfd, vectors, call(NB_SYS_recvmsg, kfd, &message.header, *netbsd_flags));
}

void want_name(Received& message) {
  message.header.msg_name = message.from.bytes;
  message.header.msg_namelen = KernelAddress::kMax;
}

LinuxAddress name_of(const Received& message) {
  return address_to_linux(message.from.bytes,
                          std::min<std::size_t>(message.header.msg_namelen, KernelAddress::kMax));
}

/// recvfrom without MSG_TRUNC: NetBSD's call of that name does it with fewer copies than recvmsg.
Sysret receive_plain(int kfd, const iovec& vector, int flags, Received* named) {
  const auto netbsd_flags = receive_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  unsigned* length = nullptr;
  void* name = nullptr;
  if (named != nullptr) {
    want_name(*named);
    name = named->header.msg_name;
    length = &named->header.msg_namelen;
  }
  return received_packet(
      kfd, {&vector, 1},
      call(NB_SYS_recvfrom, kfd, vector.iov_base, vector.iov_len, *netbsd_flags, name, length));
}

/// Puts what the kernel wrote beside the data into the program's msghdr.
Sysret store_received(const Received& received, msghdr& header) {
  header.msg_flags = message_flags_to_linux(received.header.msg_flags);
  if (header.msg_name != nullptr) {
    const Sysret stored = store_address(name_of(received), static_cast<sockaddr*>(header.msg_name),
                                        &header.msg_namelen);
    if (stored < 0) return stored;
  } else {
    header.msg_namelen = 0;
  }
  const std::size_t size =
      std::min<std::size_t>(received.header.msg_controllen, received.control.size());
  std::vector<std::byte> room(std::min(header.msg_controllen, kLargestControl));
  const LinuxControl control = control_to_linux({received.control.data(), size}, room);
  if (!store(header.msg_control, room.data(), control.size)) return -EFAULT;
  header.msg_controllen = control.size;
  if (control.truncated) header.msg_flags |= MSG_CTRUNC;
  return 0;
}

}  // namespace

Sysret recvfrom(int kfd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length) {
  if (from != nullptr) {
    if (const long room = check_length(length); room < 0) return room;
  }
  const iovec vector{data, size};
  Received received;
  Sysret result;
  if ((flags & MSG_TRUNC) == 0) {
    result = receive_plain(kfd, vector, flags, from == nullptr ? nullptr : &received);
  } else {
    if (from != nullptr) want_name(received);
    result = receive(kfd, received, {&vector, 1}, flags);
  }
  if (result < 0 || from == nullptr) return result;
  const Sysret stored = store_address(name_of(received), from, length);
  return stored < 0 ? stored : result;
}

Sysret recvmsg(int kfd, msghdr* program, int flags) {
  msghdr message;
  if (!load_value(message, program)) return -EFAULT;
  if (const Sysret bad = check_message(message); bad < 0) return bad;
  if (message.msg_name != nullptr && static_cast<int>(message.msg_namelen) < 0) return -EINVAL;
  Received received;
  if (message.msg_name != nullptr) want_name(received);
  if (message.msg_controllen != 0) {
    // A NetBSD message is never longer than Linux's; room for more would only let more be cut here.
    received.control.resize(std::min<std::size_t>(message.msg_controllen, kLargestControl));
    received.header.msg_control = received.control.data();
    received.header.msg_controllen = static_cast<unsigned>(received.control.size());
  }
  const Sysret size = receive(kfd, received, {message.msg_iov, message.msg_iovlen}, flags);
  if (size < 0) return size;
  const Sysret stored = store_received(received, message);
  if (stored < 0) return stored;
  return store_value(program, message) ? size : -EFAULT;
}

}  // namespace farcall::personality
