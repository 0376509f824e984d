#include "personality/sockopt_value.h"

#include "personality/netbsd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "farcall/host_numbers.h"
#include "personality/tcp_info.h"

namespace farcall::personality {
namespace {

using Bytes = std::span<const std::byte>;

template <class T>
OptionBytes bytes_of(const T& value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  return OptionBytes(first, first + sizeof value);
}

template <class T>
T take(Bytes bytes) {
  T value = {};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

/// Linux's IPPROTO_IP options may be given as an int or as one byte.
Result<int> int_or_byte(Bytes value) {
  if (value.size() >= sizeof(int)) return take<int>(value);
  if (value.empty()) return Error{EINVAL};
  return static_cast<int>(value[0]);
}

Result<OptionBytes> integer_value(Bytes value) {
  if (value.size() < sizeof(int)) return Error{EINVAL};
  return bytes_of(take<int>(value));
}

Result<OptionBytes> timeval_value(Bytes value) {
  if (value.size() < sizeof(timeval)) return Error{EINVAL};
  const auto time = take<timeval>(value);
  if (time.tv_usec < 0 || time.tv_usec >= 1'000'000) return Error{EDOM};
  netbsd::timeval result = {};
  result.tv_sec = time.tv_sec < 0 ? 0 : time.tv_sec;
  // A negative time means not to wait at all; 0 would mean for ever, so it becomes the shortest
  // time.
  result.tv_usec = time.tv_sec < 0 ? 1 : static_cast<int>(time.tv_usec);
  return bytes_of(result);
}

/// An interface by index, in the form that NetBSD takes where it wants an address: 0.0.0.0/8 (RFC
/// 1724).
in_addr by_index(int index) { return {htonl(static_cast<std::uint32_t>(index) & 0xffffff)}; }

Result<OptionBytes> membership_value(Bytes value) {
  if (value.size() < sizeof(ip_mreq)) return Error{EINVAL};
  auto request = take<ip_mreq>(value);
  if (value.size() >= sizeof(ip_mreqn)) {
    const auto full = take<ip_mreqn>(value);
    if (full.imr_ifindex != 0) request.imr_interface = by_index(full.imr_ifindex);
  }
  return bytes_of(request);
}

Result<OptionBytes> multicast_if_value(Bytes value) {
  if (value.size() >= sizeof(ip_mreqn)) {
    const auto full = take<ip_mreqn>(value);
    return bytes_of(full.imr_ifindex != 0 ? by_index(full.imr_ifindex) : full.imr_address);
  }
  if (value.size() >= sizeof(ip_mreq)) return bytes_of(take<ip_mreq>(value).imr_interface);
  if (value.size() < sizeof(in_addr)) return Error{EINVAL};
  return bytes_of(take<in_addr>(value));
}

OptionBytes inverted(Bytes value) {
  OptionBytes result(value.begin(), value.end());
  for (std::byte& byte : result) byte = ~byte;
  return result;
}

Result<OptionBytes> icmp6_filter_value(Bytes value) {
  constexpr std::size_t kSize = 32;
  if (value.size() < kSize) return Error{EINVAL};
  return inverted(value.first(kSize));
}

Result<OptionBytes> only_off_value(Bytes value) {
  const auto number = int_or_byte(value);
  if (!number) return number.error();
  if (*number != 0) return Error{ENOPROTOOPT};
  return OptionBytes{};
}

Result<OptionBytes> bind_device_value(Bytes value) {
  if (!value.empty() && value[0] != std::byte{0}) return Error{ENOPROTOOPT};
  return OptionBytes{};
}

OptionBytes timeval_to_linux(Bytes value) {
  const auto time = take<netbsd::timeval>(value);
  return bytes_of(timeval{time.tv_sec, time.tv_usec});
}

OptionBytes peer_to_linux(Bytes value) {
  const auto peer = take<netbsd::unpcbid>(value);
  const ucred credentials{peer.unp_pid, peer.unp_euid, peer.unp_egid};
  return bytes_of(credentials);
}

}  // namespace

Result<OptionBytes> option_to_netbsd(const OptionRow& row, Bytes value) {
  if (value.size() > kLargestOption) return Error{EINVAL};
  switch (row.kind) {
    case OptionKind::integer:
    case OptionKind::buffer_size:
      return integer_value(value);
    case OptionKind::ip_integer: {
      FARCALL_ASSIGN(const int number, int_or_byte(value));
      return bytes_of(number);
    }
    case OptionKind::byte: {
      FARCALL_ASSIGN(const int number, int_or_byte(value));
      // -1 is Linux's way to ask for the default, which is 1 for both options of this kind.
      if (number < -1 || number > 255) return Error{EINVAL};
      return bytes_of(static_cast<unsigned char>(number == -1 ? 1 : number));
    }
    case OptionKind::same:
      return OptionBytes(value.begin(), value.end());
    case OptionKind::text: {
      OptionBytes text(value.begin(), value.end());
      text.push_back(std::byte{0});
      return text;
    }
    case OptionKind::timeval:
      return timeval_value(value);
    case OptionKind::membership:
      return membership_value(value);
    case OptionKind::multicast_if:
      return multicast_if_value(value);
    case OptionKind::icmp6_filter:
      return icmp6_filter_value(value);
    case OptionKind::only_off:
      return only_off_value(value);
    case OptionKind::bind_device:
      return bind_device_value(value);
    case OptionKind::hint:
      return OptionBytes{};
    case OptionKind::error:
    case OptionKind::domain:
    case OptionKind::protocol:
    case OptionKind::tcp_info:
    case OptionKind::peer_identity:
      break;
  }
  return Error{ENOPROTOOPT};
}

OptionBytes option_to_linux(const OptionRow& row, Bytes value) {
  switch (row.kind) {
    case OptionKind::integer:
    case OptionKind::ip_integer:
    case OptionKind::buffer_size:
      return bytes_of(take<int>(value));
    case OptionKind::byte:
      return bytes_of(value.size() < sizeof(int) ? int{take<unsigned char>(value)}
                                                 : take<int>(value));
    case OptionKind::error:
      return bytes_of(errno_from_netbsd(take<int>(value)));
    case OptionKind::timeval:
      return timeval_to_linux(value);
    case OptionKind::icmp6_filter:
      return inverted(value);
    case OptionKind::tcp_info:
      return bytes_of(tcp_info_to_linux(take<netbsd::tcp_info>(value)));
    case OptionKind::peer_identity:
      return peer_to_linux(value);
    case OptionKind::hint:
    case OptionKind::only_off:
      return bytes_of(row.answer);
    default:
      return OptionBytes(value.begin(), value.end());
  }
}

OptionBytes cut_option(const OptionRow& row, OptionBytes value, std::size_t room) {
  const bool ip_level = row.level == IPPROTO_IP && value.size() == sizeof(int);
  if (ip_level && room > 0 && room < sizeof(int)) {
    const int number = take<int>(value);
    if (number >= 0 && number <= 255) room = 1;
  }
  if (value.size() > room) value.resize(room);
  return value;
}

}  // namespace farcall::personality
