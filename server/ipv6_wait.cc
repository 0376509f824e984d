#include "server/ipv6_wait.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "server/kernel_calls.h"

namespace farcall::server {
namespace {

constexpr auto kPause = std::chrono::milliseconds(50);
constexpr std::size_t kMostAddresses = 256;  // of all interfaces

int ioctl(const KernelCalls& call, std::uint64_t socket, std::uint64_t command, void* data) {
  return call(NB_SYS_ioctl, {socket, command, KernelCalls::pointer(data)}).error;
}

bool is_link_local(const netbsd::sockaddr_in6& address) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address.sin6_addr);
  return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/// Whether the address in `entry` is one to wait for.
bool is_usable(const KernelCalls& call, std::uint64_t socket, const netbsd::ifreq& entry) {
  netbsd::in6_ifreq request = {};
  netbsd::sockaddr_in6 address;
  std::memcpy(&address, &entry.ifr_ifru, sizeof address);
  if (address.sin6_family != NB_AF_INET6 || is_link_local(address)) return false;
  std::memcpy(request.ifr_name, entry.ifr_name, sizeof request.ifr_name);
  std::memcpy(&request.ifr_ifru, &address, sizeof address);
  if (ioctl(call, socket, NB_SIOCGIFAFLAG_IN6, &request) != 0) return false;
  int flags = 0;
  std::memcpy(&flags, &request.ifr_ifru, sizeof flags);
  return (flags & NB_IN6_IFF_NOTREADY) == 0;
}

std::size_t count_addresses(const KernelCalls& call, std::uint64_t socket,
                            const std::string& interface) {
  static std::array<netbsd::ifreq, kMostAddresses> entries;
  netbsd::ifconf list = {};
  list.ifc_len = sizeof entries;
  list.ifc_ifcu.ifcu_buf = entries.data();
  if (ioctl(call, socket, NB_SIOCGIFCONF, &list) != 0) return 0;
  const std::size_t listed = static_cast<std::size_t>(list.ifc_len) / sizeof entries[0];
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(listed, entries.size()));
  return static_cast<std::size_t>(std::count_if(entries.begin(), end, [&](const auto& entry) {
    return interface == entry.ifr_name && is_usable(call, socket, entry);
  }));
}

}  // namespace

bool await_ipv6(void* kernel, const std::string& interface, std::size_t count,
                std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  KernelCalls call;
  if (!call.load(kernel)) return false;
  const auto opened = call(NB_SYS_socket30, {NB_AF_INET6, NB_SOCK_DGRAM, 0});
  if (opened.error != 0) return false;
  const auto socket = static_cast<std::uint64_t>(opened.value);
  bool found = count_addresses(call, socket, interface) >= count;
  while (!found && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    found = count_addresses(call, socket, interface) >= count;
  }
  call(NB_SYS_close, {socket});
  return found;
}

}  // namespace farcall::server
