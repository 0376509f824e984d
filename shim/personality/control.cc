#include "personality/control.h"

#include "personality/netbsd.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace farcall::personality {
namespace {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;

constexpr std::size_t kHeader = 16;  // of both systems, with padding
static_assert(sizeof(cmsghdr) == kHeader && sizeof(netbsd::cmsghdr) <= kHeader);

constexpr std::size_t align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

template <class T>
Buffer bytes_of(const T& value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  return Buffer(first, first + sizeof value);
}

template <class T>
T take(Bytes bytes) {
  T value = {};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

/// For what looks the same on both sides.
template <class T>
Buffer copy(Bytes data) {
  return bytes_of(take<T>(data));
}

Buffer pktinfo_to_netbsd(Bytes data) {
  const auto info = take<in_pktinfo>(data);
  netbsd::in_pktinfo result = {};
  result.ipi_addr.s_addr = info.ipi_spec_dst.s_addr;
  result.ipi_ifindex = static_cast<unsigned>(info.ipi_ifindex);
  return bytes_of(result);
}

Buffer pktinfo_to_linux(Bytes data) {
  const auto info = take<netbsd::in_pktinfo>(data);
  in_pktinfo result = {};
  result.ipi_ifindex = static_cast<int>(info.ipi_ifindex);
  result.ipi_spec_dst.s_addr = info.ipi_addr.s_addr;
  result.ipi_addr.s_addr = info.ipi_addr.s_addr;
  return bytes_of(result);
}

Buffer timestamp_to_linux(Bytes data) {
  const auto time = take<netbsd::timeval>(data);
  return bytes_of(timeval{time.tv_sec, time.tv_usec});
}

Buffer byte_to_int(Bytes data) { return bytes_of(int{take<unsigned char>(data)}); }

/// Linux takes one byte as well as an int.
Buffer tos_to_netbsd(Bytes data) {
  return data.size() < sizeof(int) ? byte_to_int(data) : copy<int>(data);
}

struct ControlRow {
  int level;
  int type;
  int netbsd_level;
  int netbsd_type;
  std::size_t smallest;        ///< data of the program's message
  Buffer (*to_netbsd)(Bytes);  ///< nullptr: cannot be sent
  Buffer (*to_linux)(Bytes);   ///< nullptr: does not arrive
};

/// The first row of a message that can be sent is the one for sending.
constexpr ControlRow kRows[] = {
    {SOL_SOCKET, SCM_TIMESTAMP, NB_SOL_SOCKET, NB_SCM_TIMESTAMP, 0, nullptr, timestamp_to_linux},
    {IPPROTO_IP, IP_PKTINFO, NB_IPPROTO_IP, NB_IP_PKTINFO, sizeof(in_pktinfo), pktinfo_to_netbsd,
     pktinfo_to_linux},
    {IPPROTO_IP, IP_TTL, NB_IPPROTO_IP, NB_IP_TTL, sizeof(int), copy<int>, nullptr},
    {IPPROTO_IP, IP_TTL, NB_IPPROTO_IP, NB_IP_RECVTTL, 0, nullptr, byte_to_int},
    {IPPROTO_IP, IP_TOS, NB_IPPROTO_IP, NB_IP_TOS, 1, tos_to_netbsd, nullptr},
    {IPPROTO_IPV6, IPV6_PKTINFO, NB_IPPROTO_IPV6, NB_IPV6_PKTINFO, sizeof(in6_pktinfo),
     copy<in6_pktinfo>, copy<in6_pktinfo>},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, NB_IPPROTO_IPV6, NB_IPV6_HOPLIMIT, sizeof(int), copy<int>,
     copy<int>},
    {IPPROTO_IPV6, IPV6_TCLASS, NB_IPPROTO_IPV6, NB_IPV6_TCLASS, sizeof(int), copy<int>, copy<int>},
};

const ControlRow* row_of_linux(int level, int type) {
  for (const ControlRow& row : kRows) {
    if (row.level == level && row.type == type) return &row;
  }
  return nullptr;
}

const ControlRow* row_of_netbsd(int level, int type) {
  for (const ControlRow& row : kRows) {
    if (row.netbsd_level == level && row.netbsd_type == type) return &row;
  }
  return nullptr;
}

void append_netbsd(Buffer& out, const ControlRow& row, const Buffer& data) {
  const netbsd::cmsghdr header = {static_cast<unsigned>(kHeader + data.size()), row.netbsd_level,
                                  row.netbsd_type};
  const std::size_t start = out.size();
  out.resize(start + align(kHeader + data.size()));
  std::memcpy(&out[start], &header, sizeof header);
  std::memcpy(&out[start + kHeader], data.data(), data.size());
}

/// One message for the program, cut where `room` ends as Linux cuts it. Returns the bytes used.
std::size_t put_linux(std::span<std::byte> room, const ControlRow& row, const Buffer& data,
                      bool& truncated) {
  if (room.size() < kHeader) {
    truncated = true;
    return 0;
  }
  const std::size_t whole = kHeader + data.size();
  const std::size_t part = std::min(whole, room.size());
  truncated = truncated || part < whole;
  cmsghdr header = {};
  header.cmsg_len = part;
  header.cmsg_level = row.level;
  header.cmsg_type = row.type;
  std::memcpy(room.data(), &header, sizeof header);
  std::memcpy(room.data() + kHeader, data.data(), part - kHeader);
  return std::min(align(whole), room.size());
}

Result<Buffer> translate_one(const ControlRow*& row, int level, int type, Bytes data) {
  if (level == SOL_SOCKET && (type == SCM_RIGHTS || type == SCM_CREDENTIALS))
    return Error{EOPNOTSUPP};
  row = row_of_linux(level, type);
  if (row == nullptr || row->to_netbsd == nullptr || data.size() < row->smallest)
    return Error{EINVAL};
  return row->to_netbsd(data);
}

}  // namespace

Result<Buffer> control_to_netbsd(Bytes control) {
  if (control.size() > kLargestControl) return Error{ENOBUFS};
  Buffer out;
  while (control.size() >= kHeader) {
    const auto header = take<cmsghdr>(control);
    if (header.cmsg_len < kHeader || header.cmsg_len > control.size()) return Error{EINVAL};
    const Bytes data = control.subspan(kHeader, header.cmsg_len - kHeader);
    const ControlRow* row = nullptr;
    FARCALL_ASSIGN(const Buffer translated,
                   translate_one(row, header.cmsg_level, header.cmsg_type, data));
    append_netbsd(out, *row, translated);
    control = control.subspan(std::min(align(header.cmsg_len), control.size()));
  }
  return out;
}

LinuxControl control_to_linux(Bytes control, std::span<std::byte> out) {
  LinuxControl result;
  while (control.size() >= kHeader) {
    const auto header = take<netbsd::cmsghdr>(control);
    if (header.cmsg_len < kHeader || header.cmsg_len > control.size()) break;
    const Bytes data = control.subspan(kHeader, header.cmsg_len - kHeader);
    const ControlRow* row = row_of_netbsd(header.cmsg_level, header.cmsg_type);
    if (row != nullptr && row->to_linux != nullptr) {
      result.size +=
          put_linux(out.subspan(result.size), *row, row->to_linux(data), result.truncated);
    }
    control = control.subspan(std::min(align(header.cmsg_len), control.size()));
  }
  return result;
}

}  // namespace farcall::personality
