#include "kernel/net/options.h"

#include <climits>
#include <cstring>
#include <string_view>

#include "kernel/net/inet_socket.h"
#include "kernel/net/multicast.h"
#include "kernel/net/tcp_info.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {

namespace {

using Value = std::span<const std::byte>;
using Setter = Result<void> (*)(InetSocket&, Value);
using Getter = Result<OptionValue> (*)(InetSocket&);

struct Option {
  int level;
  int name;
  int domain;  ///< AF_UNSPEC: both
  int type;    ///< 0: every type
  int bit;     ///< of SocketOptions::flags, 0: not one
  int SocketOptions::*field;
  int lowest, highest;
  bool narrow;  ///< a value may be one byte, and is one byte when read
  Setter set;
  Getter get;
};

constexpr int kAny = 0;
/// As far as setsockopt may raise a buffer; NetBSD's kern.sbmax by another number.
constexpr int kLargestBuffer = 4 << 20;

template <class T>
OptionValue bytes_of(const T& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  return {bytes, bytes + sizeof value};
}

template <class T>
Result<T> value_as(Value value) {
  T result;
  if (value.size() < sizeof result) return Error{NB_EINVAL};
  std::memcpy(&result, value.data(), sizeof result);
  return result;
}

Result<void> set_buffer(int& buffer, Value value) {
  FARCALL_ASSIGN(const int size, value_as<int>(value));
  if (size <= 0) return Error{NB_EINVAL};
  if (size > kLargestBuffer) return Error{NB_ENOBUFS};
  buffer = size;
  return {};
}

Result<void> set_linger(InetSocket& socket, Value value) {
  FARCALL_ASSIGN(const auto linger, value_as<netbsd::linger>(value));
  if (linger.l_linger < 0 || linger.l_linger > SHRT_MAX) return Error{NB_EDOM};
  socket.options.linger = linger;
  return {};
}

Result<OptionValue> get_linger(InetSocket& socket) { return bytes_of(socket.options.linger); }

Result<void> set_timeout(Nanoseconds& timeout, Value value) {
  FARCALL_ASSIGN(const auto time, value_as<netbsd::timeval>(value));
  if (time.tv_usec < 0 || time.tv_usec >= 1'000'000 || time.tv_sec < 0) return Error{NB_EDOM};
  if (time.tv_sec > INT_MAX) return Error{NB_EDOM};
  timeout = Nanoseconds{time.tv_sec} * 1'000'000'000 + Nanoseconds{time.tv_usec} * 1000;
  return {};
}

Result<OptionValue> get_timeout(Nanoseconds timeout) {
  netbsd::timeval time = {};
  time.tv_sec = timeout / 1'000'000'000;
  time.tv_usec = static_cast<int>(timeout % 1'000'000'000 / 1000);
  return bytes_of(time);
}

Result<void> set_v6_only(InetSocket& socket, Value value) {
  FARCALL_ASSIGN(const int on, value_as<int>(value));
  if (socket.bound()) return Error{NB_EINVAL};
  socket.options.v6_only = on != 0;
  return {};
}

Result<void> set_filter(InetSocket& socket, Value value) {
  if (value.size() != sizeof socket.options.icmp6_filter) return Error{NB_EINVAL};
  std::memcpy(socket.options.icmp6_filter, value.data(), value.size());
  return {};
}

Result<void> refuse(InetSocket&, Value) { return Error{NB_ENOPROTOOPT}; }

/// lwIP's congestion control, by the name that NetBSD has for it. There is no other.
constexpr char kCongestionControl[] = "reno";

Result<void> set_congestion_control(InetSocket&, Value value) {
  const std::string_view name(reinterpret_cast<const char*>(value.data()), value.size());
  if (name.substr(0, name.find('\0')) != kCongestionControl) return Error{NB_EINVAL};
  return {};
}

constexpr Option bit(int name) {
  return {NB_SOL_SOCKET, name, kAny, kAny, name, nullptr, 0, 0, false, nullptr, nullptr};
}

constexpr Option number(int level, int name, int domain, int type, int SocketOptions::*field,
                        int lowest, int highest, bool narrow = false) {
  return {level, name, domain, type, 0, field, lowest, highest, narrow, nullptr, nullptr};
}

constexpr Option custom(int level, int name, int domain, int type, Setter set, Getter get) {
  return {level, name, domain, type, 0, nullptr, 0, 0, false, set, get};
}

using S = SocketOptions;

// clang-format off
constexpr Option kOptions[] = {
    bit(NB_SO_DEBUG), bit(NB_SO_REUSEADDR), bit(NB_SO_KEEPALIVE), bit(NB_SO_DONTROUTE),
    bit(NB_SO_BROADCAST), bit(NB_SO_USELOOPBACK), bit(NB_SO_OOBINLINE), bit(NB_SO_REUSEPORT),
    bit(NB_SO_NOSIGPIPE), bit(NB_SO_TIMESTAMP),
    custom(NB_SOL_SOCKET, NB_SO_ACCEPTCONN, kAny, kAny, refuse,
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(static_cast<int>(s.listening())); }),
    custom(NB_SOL_SOCKET, NB_SO_ERROR, kAny, kAny, refuse,
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.take_error()); }),
    custom(NB_SOL_SOCKET, NB_SO_TYPE, kAny, kAny, refuse,
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.type()); }),
    custom(NB_SOL_SOCKET, NB_SO_SNDBUF, kAny, kAny,
           [](InetSocket& s, Value v) { return set_buffer(s.options.send_buffer, v); },
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.options.send_buffer); }),
    custom(NB_SOL_SOCKET, NB_SO_RCVBUF, kAny, kAny,
           [](InetSocket& s, Value v) { return set_buffer(s.options.receive_buffer, v); },
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.options.receive_buffer); }),
    number(NB_SOL_SOCKET, NB_SO_SNDLOWAT, kAny, kAny, &S::send_low_water, 1, kLargestBuffer),
    number(NB_SOL_SOCKET, NB_SO_RCVLOWAT, kAny, kAny, &S::receive_low_water, 1, kLargestBuffer),
    custom(NB_SOL_SOCKET, NB_SO_SNDTIMEO, kAny, kAny,
           [](InetSocket& s, Value v) { return set_timeout(s.options.send_timeout, v); },
           [](InetSocket& s) { return get_timeout(s.options.send_timeout); }),
    custom(NB_SOL_SOCKET, NB_SO_RCVTIMEO, kAny, kAny,
           [](InetSocket& s, Value v) { return set_timeout(s.options.receive_timeout, v); },
           [](InetSocket& s) { return get_timeout(s.options.receive_timeout); }),
    custom(NB_SOL_SOCKET, NB_SO_LINGER, kAny, kAny, set_linger, get_linger),

    number(NB_IPPROTO_TCP, NB_TCP_NODELAY, kAny, NB_SOCK_STREAM, &S::no_delay, INT_MIN, INT_MAX),
    number(NB_IPPROTO_TCP, NB_TCP_MAXSEG, kAny, NB_SOCK_STREAM, &S::max_segment, 1, 65535),
    number(NB_IPPROTO_TCP, NB_TCP_KEEPIDLE, kAny, NB_SOCK_STREAM, &S::keep_idle, 1, INT_MAX),
    number(NB_IPPROTO_TCP, NB_TCP_KEEPINTVL, kAny, NB_SOCK_STREAM, &S::keep_interval, 1, INT_MAX),
    number(NB_IPPROTO_TCP, NB_TCP_KEEPCNT, kAny, NB_SOCK_STREAM, &S::keep_count, 1, INT_MAX),

    custom(NB_IPPROTO_TCP, NB_TCP_INFO, kAny, NB_SOCK_STREAM, refuse, tcp_info_option),
    custom(NB_IPPROTO_TCP, NB_TCP_CONGCTL, kAny, NB_SOCK_STREAM, set_congestion_control,
           [](InetSocket&) -> Result<OptionValue> { return bytes_of(kCongestionControl); }),

    number(NB_IPPROTO_IP, NB_IP_TOS, NB_AF_INET, kAny, &S::tos, 0, 255, true),
    number(NB_IPPROTO_IP, NB_IP_TTL, NB_AF_INET, kAny, &S::ttl, 1, 255, true),
    number(NB_IPPROTO_IP, NB_IP_HDRINCL, NB_AF_INET, NB_SOCK_RAW, &S::header_included, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_RECVDSTADDR, NB_AF_INET, kAny, &S::receive_destination, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_RECVIF, NB_AF_INET, kAny, &S::receive_interface, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_RECVTTL, NB_AF_INET, kAny, &S::receive_ttl, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_PKTINFO, NB_AF_INET, kAny, &S::receive_pktinfo, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_RECVPKTINFO, NB_AF_INET, kAny, &S::receive_pktinfo, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IP, NB_IP_MULTICAST_TTL, NB_AF_INET, kAny, &S::multicast_ttl, 0, 255, true),
    number(NB_IPPROTO_IP, NB_IP_MULTICAST_LOOP, NB_AF_INET, kAny, &S::multicast_loop, 0, 1, true),
    custom(NB_IPPROTO_IP, NB_IP_MULTICAST_IF, NB_AF_INET, kAny, multicast_set_interface_v4, multicast_get_interface_v4),
    custom(NB_IPPROTO_IP, NB_IP_ADD_MEMBERSHIP, NB_AF_INET, kAny, multicast_add_v4, nullptr),
    custom(NB_IPPROTO_IP, NB_IP_DROP_MEMBERSHIP, NB_AF_INET, kAny, multicast_drop_v4, nullptr),

    custom(NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, NB_AF_INET6, kAny, set_v6_only,
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.options.v6_only); }),
    number(NB_IPPROTO_IPV6, NB_IPV6_UNICAST_HOPS, NB_AF_INET6, kAny, &S::hops, -1, 255),
    number(NB_IPPROTO_IPV6, NB_IPV6_MULTICAST_HOPS, NB_AF_INET6, kAny, &S::multicast_hops, -1, 255),
    number(NB_IPPROTO_IPV6, NB_IPV6_MULTICAST_LOOP, NB_AF_INET6, kAny, &S::multicast_loop6, 0, 1),
    number(NB_IPPROTO_IPV6, NB_IPV6_TCLASS, NB_AF_INET6, kAny, &S::traffic_class, -1, 255),
    number(NB_IPPROTO_IPV6, NB_IPV6_RECVPKTINFO, NB_AF_INET6, kAny, &S::receive_pktinfo6, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IPV6, NB_IPV6_RECVHOPLIMIT, NB_AF_INET6, kAny, &S::receive_hops6, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IPV6, NB_IPV6_RECVTCLASS, NB_AF_INET6, kAny, &S::receive_class6, INT_MIN, INT_MAX),
    number(NB_IPPROTO_IPV6, NB_IPV6_CHECKSUM, NB_AF_INET6, NB_SOCK_RAW, &S::checksum_offset, -1, 65534),
    custom(NB_IPPROTO_IPV6, NB_IPV6_MULTICAST_IF, NB_AF_INET6, kAny, multicast_set_interface_v6, multicast_get_interface_v6),
    custom(NB_IPPROTO_IPV6, NB_IPV6_JOIN_GROUP, NB_AF_INET6, kAny, multicast_join_v6, nullptr),
    custom(NB_IPPROTO_IPV6, NB_IPV6_LEAVE_GROUP, NB_AF_INET6, kAny, multicast_leave_v6, nullptr),
    custom(NB_IPPROTO_ICMPV6, NB_ICMP6_FILTER, NB_AF_INET6, NB_SOCK_RAW, set_filter,
           [](InetSocket& s) -> Result<OptionValue> { return bytes_of(s.options.icmp6_filter); }),
};
// clang-format on

Result<const Option*> find(const InetSocket& socket, int level, int name) {
  for (const Option& option : kOptions) {
    if (option.level != level || option.name != name) continue;
    if (option.domain != kAny && option.domain != socket.domain()) continue;
    if (option.type != kAny && option.type != socket.type()) continue;
    return &option;
  }
  return Error{NB_ENOPROTOOPT};
}

Result<int> integer(const Option& option, Value value) {
  if (option.narrow && value.size() == 1) return static_cast<int>(value[0]);
  return value_as<int>(value);
}

}  // namespace

Result<void> option_set(InetSocket& socket, int level, int name, Value value) {
  FARCALL_ASSIGN(const Option* option, find(socket, level, name));
  if (option->set != nullptr) {
    FARCALL_TRY(option->set(socket, value));
  } else {
    FARCALL_ASSIGN(const int number, integer(*option, value));
    if (option->bit != 0) {
      int& flags = socket.options.flags;
      flags = number != 0 ? flags | option->bit : flags & ~option->bit;
    } else {
      if (number < option->lowest || number > option->highest) return Error{NB_EINVAL};
      socket.options.*option->field = number;
    }
  }
  socket.apply_options();
  return {};
}

Result<OptionValue> option_get(InetSocket& socket, int level, int name) {
  FARCALL_ASSIGN(const Option* option, find(socket, level, name));
  if (option->get != nullptr) return option->get(socket);
  if (option->set != nullptr) return Error{NB_ENOPROTOOPT};
  const int number =
      option->bit != 0 ? (socket.options.flags & option->bit) != 0 : socket.options.*option->field;
  if (option->narrow && (name == NB_IP_MULTICAST_TTL || name == NB_IP_MULTICAST_LOOP)) {
    return bytes_of(static_cast<unsigned char>(number));
  }
  return bytes_of(number);
}

}  // namespace farcall::kernel
