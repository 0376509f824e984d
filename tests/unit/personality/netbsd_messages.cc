#include "netbsd_messages.h"

#include <arpa/inet.h>

namespace farcall::testing {
namespace {

constexpr int kHardware = 6;

template <class Header>
void append_message(Buffer& out, Header header, unsigned short Header::*length,
                    const Buffer& addresses) {
  header.*length = static_cast<unsigned short>(sizeof header + addresses.size());
  const Buffer bytes = bytes_of(header);
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.insert(out.end(), addresses.begin(), addresses.end());
}

void append_buffer(Buffer& out, const Buffer& bytes) {
  append_padded(out, bytes.data(), bytes.size());
}

}  // namespace

void append_padded(Buffer& out, const void* bytes, std::size_t size) {
  const std::size_t start = out.size();
  out.resize(start + (size == 0 ? 8 : (size + 7) & ~std::size_t{7}));
  if (size != 0) std::memcpy(&out[start], bytes, size);
}

netbsd::sockaddr_in inet(const char* address) {
  netbsd::sockaddr_in in = {};
  in.sin_len = sizeof in;
  in.sin_family = NB_AF_INET;
  inet_pton(AF_INET, address, &in.sin_addr);
  return in;
}

netbsd::sockaddr_in6 inet6(const char* address) {
  netbsd::sockaddr_in6 in6 = {};
  in6.sin6_len = sizeof in6;
  in6.sin6_family = NB_AF_INET6;
  inet_pton(AF_INET6, address, &in6.sin6_addr);
  return in6;
}

Buffer inet_mask(const char* mask) {
  netbsd::sockaddr_in in = inet(mask);
  in.sin_family = 0;
  Buffer bytes = bytes_of(in);
  std::size_t size = offsetof(netbsd::sockaddr_in, sin_addr) + 4;
  while (size > 4 && bytes[size - 1] == std::byte{0}) --size;
  bytes.resize(size);
  bytes[0] = static_cast<std::byte>(size);
  return bytes;
}

Buffer inet6_mask(int prefix) {
  Buffer bytes(offsetof(netbsd::sockaddr_in6, sin6_addr) +
               static_cast<std::size_t>(prefix + 7) / 8);
  for (int bit = 0; bit < prefix; ++bit) {
    bytes[8 + static_cast<std::size_t>(bit) / 8] |= std::byte{0x80} >> bit % 8;
  }
  bytes[0] = static_cast<std::byte>(bytes.size());
  return bytes;
}

netbsd::sockaddr_dl link_address(unsigned index, const char* hardware) {
  netbsd::sockaddr_dl sdl = {};
  sdl.sdl_len = sizeof sdl;
  sdl.sdl_family = NB_AF_LINK;
  sdl.sdl_index = static_cast<unsigned short>(index);
  if (hardware != nullptr) {
    sdl.sdl_addr.dl_alen = kHardware;
    std::memcpy(sdl.sdl_addr.dl_data, hardware, kHardware);
  }
  return sdl;
}

void append_interface(Buffer& out, const char* name, unsigned index, int flags, int type,
                      const char* hardware) {
  netbsd::if_msghdr header = {};
  header.ifm_version = NB_RTM_VERSION;
  header.ifm_type = NB_RTM_IFINFO;
  header.ifm_addrs = NB_RTA_IFP;
  header.ifm_flags = flags;
  header.ifm_index = static_cast<unsigned short>(index);
  header.ifm_data.ifi_type = static_cast<unsigned char>(type);
  header.ifm_data.ifi_mtu = type == NB_IFT_LOOP ? 33624 : 1500;
  header.ifm_data.ifi_ibytes = 1234;
  header.ifm_data.ifi_ipackets = 5;
  header.ifm_data.ifi_obytes = 98765;
  header.ifm_data.ifi_opackets = 43;
  netbsd::sockaddr_dl sdl = link_address(index, nullptr);
  sdl.sdl_addr.dl_nlen = static_cast<unsigned char>(std::strlen(name));
  std::memcpy(sdl.sdl_addr.dl_data, name, std::strlen(name));
  if (hardware != nullptr) {
    sdl.sdl_addr.dl_alen = kHardware;
    std::memcpy(sdl.sdl_addr.dl_data + std::strlen(name), hardware, kHardware);
  }
  Buffer addresses;
  append_padded(addresses, &sdl, sizeof sdl);
  append_message(out, header, &netbsd::if_msghdr::ifm_msglen, addresses);
}

void append_address(Buffer& out, unsigned index, const char* address, const char* mask,
                    const char* broadcast) {
  netbsd::ifa_msghdr header = {};
  header.ifam_version = NB_RTM_VERSION;
  header.ifam_type = NB_RTM_NEWADDR;
  header.ifam_addrs = NB_RTA_NETMASK | NB_RTA_IFA | NB_RTA_BRD;
  header.ifam_index = static_cast<unsigned short>(index);
  Buffer addresses;
  append_buffer(addresses, inet_mask(mask));
  append_buffer(addresses, bytes_of(inet(address)));
  append_buffer(addresses, bytes_of(inet(broadcast)));
  append_message(out, header, &netbsd::ifa_msghdr::ifam_msglen, addresses);
}

void append_address6(Buffer& out, unsigned index, const char* address, int prefix) {
  netbsd::ifa_msghdr header = {};
  header.ifam_version = NB_RTM_VERSION;
  header.ifam_type = NB_RTM_NEWADDR;
  header.ifam_addrs = NB_RTA_NETMASK | NB_RTA_IFA;
  header.ifam_index = static_cast<unsigned short>(index);
  Buffer addresses;
  append_buffer(addresses, inet6_mask(prefix));
  append_buffer(addresses, bytes_of(inet6(address)));
  append_message(out, header, &netbsd::ifa_msghdr::ifam_msglen, addresses);
}

void append_route(Buffer& out, int flags, unsigned index, const Buffer& destination,
                  const Buffer& gateway, const Buffer& mask) {
  netbsd::rt_msghdr header = {};
  header.rtm_version = NB_RTM_VERSION;
  header.rtm_type = NB_RTM_GET;
  header.rtm_index = static_cast<unsigned short>(index);
  header.rtm_flags = flags;
  header.rtm_addrs = NB_RTA_DST | NB_RTA_GATEWAY | (mask.empty() ? 0 : NB_RTA_NETMASK);
  Buffer addresses;
  append_buffer(addresses, destination);
  append_buffer(addresses, gateway);
  if (!mask.empty()) append_buffer(addresses, mask);
  append_message(out, header, &netbsd::rt_msghdr::rtm_msglen, addresses);
}

Buffer usual_interfaces() {
  constexpr int kLoop = NB_IFF_UP | NB_IFF_LOOPBACK | NB_IFF_RUNNING | NB_IFF_MULTICAST;
  constexpr int kEther =
      NB_IFF_UP | NB_IFF_BROADCAST | NB_IFF_RUNNING | NB_IFF_SIMPLEX | NB_IFF_MULTICAST;
  Buffer out;
  append_interface(out, "lo0", 1, kLoop, NB_IFT_LOOP, nullptr);
  append_address(out, 1, "127.0.0.1", "255.0.0.0", "127.0.0.1");
  append_address6(out, 1, "::1", 128);
  append_address6(out, 1, "fe80:1::1", 64);  // the kernel keeps the interface's index inside
  append_interface(out, "virt0", 2, kEther, NB_IFT_ETHER, "\x02\x00\x00\x00\x00\x2a");
  append_address(out, 2, "10.1.2.3", "255.255.255.0", "10.1.2.255");
  append_address(out, 2, "10.1.2.9", "255.255.255.0", "10.1.2.255");
  append_address6(out, 2, "fd00::5", 64);
  return out;
}

}  // namespace farcall::testing
