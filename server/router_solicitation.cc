#include "server/router_solicitation.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "server/kernel_calls.h"

namespace farcall::server {
namespace {

constexpr std::uint8_t kRouterSolicitation = 133;
/// All routers on the link: ff02::2.
constexpr std::array<std::uint8_t, 16> kRouters = {0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                                   0,    0,    0, 0, 0, 0, 0, 2};

/// A raw ICMPv6 socket of the kernel's, which computes checksums itself.
class Icmp6Socket {
 public:
  explicit Icmp6Socket(const KernelCalls& call) : call_(call) {
    const auto opened = call(NB_SYS_socket30, {NB_AF_INET6, NB_SOCK_RAW, NB_IPPROTO_ICMPV6});
    error_ = opened.error;
    socket_ = static_cast<std::uint64_t>(opened.value);
  }
  ~Icmp6Socket() {
    if (error_ == 0) call_(NB_SYS_close, {socket_});
  }
  Icmp6Socket(const Icmp6Socket&) = delete;
  Icmp6Socket& operator=(const Icmp6Socket&) = delete;

  int solicit(const std::string& interface) {
    int index = 0;
    if (const int error = find_index(interface, index)) return error;
    if (const int error = set(NB_IPV6_MULTICAST_IF, index)) return error;
    // Routers drop what has come from further away than their own link.
    if (const int error = set(NB_IPV6_MULTICAST_HOPS, 255)) return error;
    netbsd::sockaddr_in6 to = {};
    to.sin6_len = sizeof to;
    to.sin6_family = NB_AF_INET6;
    std::memcpy(&to.sin6_addr, kRouters.data(), kRouters.size());
    const std::array<std::uint8_t, 8> message = {kRouterSolicitation};
    return call_(NB_SYS_sendto, {socket_, KernelCalls::pointer(&message), message.size(), 0,
                                 KernelCalls::pointer(&to), sizeof to})
        .error;
  }

 private:
  int find_index(const std::string& interface, int& index) {
    if (error_ != 0) return error_;
    netbsd::ifreq request = {};
    interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
    const auto pointer = KernelCalls::pointer(&request);
    const int error = call_(NB_SYS_ioctl, {socket_, NB_SIOCGIFINDEX, pointer}).error;
    std::memcpy(&index, &request.ifr_ifru, sizeof index);
    return error;
  }
  int set(std::uint64_t option, int value) {
    const auto pointer = KernelCalls::pointer(&value);
    return call_(NB_SYS_setsockopt, {socket_, NB_IPPROTO_IPV6, option, pointer, sizeof value})
        .error;
  }

  const KernelCalls& call_;
  int error_ = 0;
  std::uint64_t socket_ = 0;
};

}  // namespace

int solicit_routers(void* kernel, const std::string& interface) {
  KernelCalls call;
  if (!call.load(kernel)) return NB_ENOSYS;
  return Icmp6Socket(call).solicit(interface);
}

}  // namespace farcall::server
