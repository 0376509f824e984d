#include "kernel/net/dhcp_message.h"

#include <lwip/prot/udp.h>

#include <array>
#include <cstring>

namespace farcall::kernel {

namespace {

constexpr std::uint16_t kServerPort = 67, kClientPort = 68;
constexpr std::uint8_t kFromClient = 1, kFromServer = 2, kEthernet = 1;
constexpr std::uint16_t kAnswerAll = 0x8000;
constexpr std::uint32_t kCookie = 0x63825363;
constexpr std::uint8_t kTimeToLive = 64;
/// RFC 1542: servers may ignore what is shorter.
constexpr std::size_t kLeastMessage = 300;

enum Option : std::uint8_t {
  kPad = 0,
  kMask = 1,
  kRouter = 3,
  kAddress = 50,
  kLeaseTime = 51,
  kType = 53,
  kServer = 54,
  kWanted = 55,
  kRenewalTime = 58,
  kRebindingTime = 59,
  kEnd = 255
};

struct Message {
  std::uint8_t from, hardware_type, hardware_length, hops;
  std::uint32_t exchange;
  std::uint16_t seconds, flags;
  std::uint32_t client_address, your_address, next_server, relay;
  std::uint8_t hardware_address[16];
  char server_name[64], file[128];
  std::uint32_t cookie;
};
static_assert(sizeof(Message) == 240);

struct Headers {
  eth_hdr ethernet;
  ip_hdr ip;
  udp_hdr udp;
};
static_assert(sizeof(Headers) == SIZEOF_ETH_HDR + IP_HLEN + UDP_HLEN);

template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

template <class T>
void append_option(std::vector<std::byte>& bytes, Option option, const T& value) {
  append(bytes, option);
  append(bytes, static_cast<std::uint8_t>(sizeof value));
  append(bytes, value);
}

std::vector<std::byte> payload(const DhcpMessage& message) {
  Message fixed = {};
  fixed.from = kFromClient;
  fixed.hardware_type = kEthernet;
  fixed.hardware_length = sizeof message.client.addr;
  fixed.exchange = message.exchange;
  // Who has an address can be answered there.
  if (message.held == 0) fixed.flags = lwip_htons(kAnswerAll);
  fixed.client_address = message.held;
  std::memcpy(fixed.hardware_address, message.client.addr, sizeof message.client.addr);
  fixed.cookie = lwip_htonl(kCookie);
  std::vector<std::byte> bytes;
  append(bytes, fixed);
  append_option(bytes, kType, message.type);
  if (message.address != 0) append_option(bytes, kAddress, message.address);
  if (message.server != 0) append_option(bytes, kServer, message.server);
  append_option(bytes, kWanted, std::to_array<std::uint8_t>({kMask, kRouter}));
  append(bytes, kEnd);
  if (bytes.size() < kLeastMessage) bytes.resize(kLeastMessage);
  return bytes;
}

void fill(Headers& headers, const DhcpMessage& message, const std::optional<DhcpServer>& to,
          std::size_t size) {
  std::memset(headers.ethernet.dest.addr, 0xff, sizeof headers.ethernet.dest.addr);
  if (to) headers.ethernet.dest = to->station;
  headers.ethernet.src = message.client;
  headers.ethernet.type = PP_HTONS(ETHTYPE_IP);
  IPH_VHL_SET(&headers.ip, 4, IP_HLEN / 4);
  headers.ip._len = lwip_htons(static_cast<u16_t>(IP_HLEN + UDP_HLEN + size));
  headers.ip._ttl = kTimeToLive;
  headers.ip._proto = IP_PROTO_UDP;
  headers.ip.src.addr = message.held;
  headers.ip.dest.addr = to ? to->address : IPADDR_BROADCAST;
  headers.ip._chksum = inet_chksum(&headers.ip, IP_HLEN);
  headers.udp.src = PP_HTONS(kClientPort);
  headers.udp.dest = PP_HTONS(kServerPort);
  headers.udp.len = lwip_htons(static_cast<u16_t>(UDP_HLEN + size));
}

/// The first `sizeof(T)` of `bytes`, which are taken off.
template <class T>
bool take(std::span<const std::byte>& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return true;
}

/// The DHCP message in a frame from a server to a client; empty if it is something else. `headers`
/// are those before it.
std::span<const std::byte> udp_payload(std::span<const std::byte> frame, Headers& headers) {
  if (!take(frame, headers.ethernet) || headers.ethernet.type != PP_HTONS(ETHTYPE_IP)) return {};
  const auto packet = frame;
  if (!take(frame, headers.ip) || IPH_V(&headers.ip) != 4) return {};
  const std::size_t header_size = IPH_HL_BYTES(&headers.ip);
  const std::size_t total = lwip_ntohs(IPH_LEN(&headers.ip));
  const bool fragment = (IPH_OFFSET(&headers.ip) & PP_HTONS(IP_OFFMASK | IP_MF)) != 0;
  if (header_size < IP_HLEN || total > packet.size() || total < header_size || fragment) return {};
  if (IPH_PROTO(&headers.ip) != IP_PROTO_UDP) return {};
  auto datagram = packet.subspan(header_size, total - header_size);
  if (!take(datagram, headers.udp) || headers.udp.dest != PP_HTONS(kClientPort)) return {};
  const std::size_t size = lwip_ntohs(headers.udp.len);
  if (size < UDP_HLEN || size - UDP_HLEN > datagram.size()) return {};
  return datagram.first(size - UDP_HLEN);
}

void take_time(std::span<const std::byte> value, std::uint32_t& seconds) {
  if (take(value, seconds)) seconds = lwip_ntohl(seconds);
}

void take_option(DhcpMessage& message, std::uint8_t option, std::span<const std::byte> value) {
  switch (option) {
    case kType:
      take(value, message.type);
      break;
    case kServer:
      take(value, message.server);
      break;
    case kMask:
      take(value, message.mask);
      break;
    case kLeaseTime:
      take_time(value, message.lease_time);
      break;
    case kRenewalTime:
      take_time(value, message.renewal_time);
      break;
    case kRebindingTime:
      take_time(value, message.rebinding_time);
      break;
    case kRouter:
      take(value, message.router);
      break;
    default:
      break;
  }
}

/// False: they are cut off.
bool take_options(DhcpMessage& message, std::span<const std::byte> bytes) {
  std::uint8_t option = kPad, size = 0;
  while (take(bytes, option) && option != kEnd) {
    if (option == kPad) continue;
    if (!take(bytes, size) || size > bytes.size()) return false;
    take_option(message, option, bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return true;
}

}  // namespace

std::vector<std::byte> dhcp_frame(const DhcpMessage& message, const std::optional<DhcpServer>& to) {
  const std::vector<std::byte> content = payload(message);
  Headers headers = {};
  fill(headers, message, to, content.size());
  std::vector<std::byte> frame;
  append(frame, headers);
  frame.insert(frame.end(), content.begin(), content.end());
  return frame;
}

std::optional<DhcpMessage> parse_dhcp_frame(std::span<const std::byte> frame,
                                            std::uint32_t exchange, const eth_addr& client) {
  Headers headers;
  auto bytes = udp_payload(frame, headers);
  Message fixed;
  if (!take(bytes, fixed) || fixed.from != kFromServer || fixed.cookie != PP_HTONL(kCookie)) {
    return std::nullopt;
  }
  if (fixed.exchange != exchange ||
      std::memcmp(fixed.hardware_address, client.addr, sizeof client.addr) != 0) {
    return std::nullopt;
  }
  DhcpMessage message;
  message.exchange = exchange;
  message.client = client;
  message.address = fixed.your_address;
  message.station = headers.ethernet.src;
  if (!take_options(message, bytes)) return std::nullopt;
  return message;
}

}  // namespace farcall::kernel
