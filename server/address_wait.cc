#include "server/address_wait.h"

#include <algorithm>
#include <array>
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

/// What the two families' structures and requests differ in.
struct Family {
  int number;
  std::uint64_t get_flags;
  int not_ready;
};
constexpr Family kFamilies[] = {{NB_AF_INET, NB_SIOCGIFAFLAG_IN, NB_IN_IFF_NOTREADY},
                                {NB_AF_INET6, NB_SIOCGIFAFLAG_IN6, NB_IN6_IFF_NOTREADY}};

bool is_link_local(const netbsd::ifreq& entry) {
  netbsd::sockaddr_in6 address;
  std::memcpy(&address, &entry.ifr_ifru, sizeof address);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address.sin6_addr);
  return address.sin6_family == NB_AF_INET6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/// An interface's addresses of one family.
class Addresses {
 public:
  Addresses(const KernelCalls& call, std::uint64_t socket, const Family& family)
      : call_(call), socket_(socket), family_(family) {}

  [[nodiscard]] std::size_t usable(const std::string& interface) {
    netbsd::ifconf list = {};
    list.ifc_len = sizeof entries_;
    list.ifc_ifcu.ifcu_buf = entries_.data();
    if (ioctl(NB_SIOCGIFCONF, &list) != 0) return 0;
    const std::size_t listed = static_cast<std::size_t>(list.ifc_len) / sizeof entries_[0];
    const auto end =
        entries_.begin() + static_cast<std::ptrdiff_t>(std::min(listed, kMostAddresses));
    return static_cast<std::size_t>(std::count_if(entries_.begin(), end, [&](const auto& entry) {
      return interface == entry.ifr_name && is_usable(entry);
    }));
  }

 private:
  int ioctl(std::uint64_t command, void* data) {
    return call_(NB_SYS_ioctl, {socket_, command, KernelCalls::pointer(data)}).error;
  }
  bool is_usable(const netbsd::ifreq& entry) {
    if (entry.ifr_ifru.ifru_addr.sa_family != family_.number || is_link_local(entry)) return false;
    netbsd::in6_ifreq request = {};  // begins as IPv4's does
    std::memcpy(&request, &entry, sizeof entry);
    const int error = ioctl(family_.get_flags, &request);
    if (error == NB_ENOTTY)
      return true;  // this kernel looks for no neighbours with such an address
    int flags = 0;
    std::memcpy(&flags, &request.ifr_ifru, sizeof flags);
    return error == 0 && (flags & family_.not_ready) == 0;
  }

  const KernelCalls& call_;
  std::uint64_t socket_;
  const Family& family_;
  std::array<netbsd::ifreq, kMostAddresses> entries_ = {};
};

}  // namespace

bool await_addresses(void* kernel, const std::string& interface, int family, std::size_t count,
                     std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  KernelCalls call;
  if (!call.load(kernel)) return false;
  const auto number = static_cast<std::uint64_t>(family);
  const auto opened = call(NB_SYS_socket30, {number, NB_SOCK_DGRAM, 0});
  if (opened.error != 0) return false;
  const auto socket = static_cast<std::uint64_t>(opened.value);
  Addresses addresses(call, socket, kFamilies[family == NB_AF_INET6]);
  bool found = addresses.usable(interface) >= count;
  while (!found && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    found = addresses.usable(interface) >= count;
  }
  call(NB_SYS_close, {socket});
  return found;
}

}  // namespace farcall::server
