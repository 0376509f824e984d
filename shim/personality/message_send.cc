// sendto and sendmsg.
#include "personality/netbsd.h"

#include <cerrno>
#include <vector>

#include "personality/call.h"
#include "personality/control.h"
#include "personality/descriptor_kind.h"
#include "personality/flags.h"
#include "personality/memory.h"
#include "personality/message.h"
#include "personality/packet_source.h"
#include "personality/raw_ipv4.h"
#include "personality/sockaddr.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

/// The address of a message; empty when it has none.
Result<KernelAddress> destination(const void* address, socklen_t length) {
  if (address == nullptr || length == 0) return KernelAddress{};
  return address_to_netbsd(static_cast<const sockaddr*>(address), length);
}

/// What Linux says about a source address or an interface that is not there, when control messages
/// name it.
Sysret error_of_control(int kfd, Sysret result) {
  if (result == -EADDRNOTAVAIL) return socket_family(kfd) == AF_INET ? -ENETUNREACH : -EINVAL;
  return result == -ENXIO ? -ENODEV : result;
}

Sysret send_message(int kfd, KernelAddress& name, std::vector<std::byte>& control,
                    std::span<const iovec> vectors, int flags) {
  netbsd::msghdr header = {};
  header.msg_name = name.size == 0 ? nullptr : name.bytes;
  header.msg_namelen = name.size;
  header.msg_control = control.empty() ? nullptr : control.data();
  header.msg_controllen = static_cast<unsigned>(control.size());
  aim(header, vectors);
  const Sysret sent = call(NB_SYS_sendmsg, kfd, &header, flags);
  return control.empty() ? sent : error_of_control(kfd, sent);
}

}  // namespace

Sysret sendto(int kfd, const void* data, size_t size, int flags, const sockaddr* to,
              socklen_t length) {
  const auto netbsd_flags = send_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  KernelAddress name;
  if (to != nullptr) {
    const auto given = address_to_netbsd(to, length);
    if (!given) return -given.code();
    name = *given;
  }
  const iovec vector{const_cast<void*>(data), size};
  std::vector<std::byte> packet;
  if (sends_header(kfd, {&vector, 1})) {
    if (const Sysret bad = packet_with_header({&vector, 1}, packet); bad < 0) return bad;
    data = packet.data();
  }
  const void* address = name.size == 0 ? nullptr : name.bytes;
  return call(NB_SYS_sendto, kfd, data, size, *netbsd_flags, address, name.size);
}

Sysret sendmsg(int kfd, const msghdr* program, int flags) {
  msghdr message;
  if (!load_value(message, program)) return -EFAULT;
  if (const Sysret bad = check_message(message); bad < 0) return bad;
  const auto netbsd_flags = send_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  auto name = destination(message.msg_name, message.msg_namelen);
  if (!name) return -name.code();
  if (message.msg_controllen > kLargestControl) return -ENOBUFS;
  std::vector<std::byte> given(message.msg_controllen);
  if (!load(given.data(), message.msg_control, given.size())) return -EFAULT;
  auto control = control_to_netbsd(given);
  if (!control) return -control.code();
  const std::span<const iovec> vectors(message.msg_iov, message.msg_iovlen);
  if (!sends_header(kfd, vectors)) {
    const Sysret sent = send_message(kfd, *name, *control, vectors, *netbsd_flags);
    if (sent != -EINVAL || !names_own_source(kfd, *name, given)) return sent;
    control->clear();
    return send_message(kfd, *name, *control, vectors, *netbsd_flags);
  }
  std::vector<std::byte> packet;
  if (const Sysret bad = packet_with_header(vectors, packet); bad < 0) return bad;
  const iovec whole{packet.data(), packet.size()};
  return send_message(kfd, *name, *control, {&whole, 1}, *netbsd_flags);
}

}  // namespace farcall::personality
