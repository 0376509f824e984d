#include "personality/raw_ipv4.h"

#include <arpa/inet.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace farcall::personality {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::size_t kLength = 2, kOffset = 6;  // of ip_len and ip_off
constexpr std::size_t kLargest = 65535;

/// The byte at `position` of a scattered buffer, nullptr behind its end.
std::uint8_t* byte_at(std::span<const iovec> vectors, std::size_t position) {
  for (const iovec& vector : vectors) {
    if (position < vector.iov_len) return static_cast<std::uint8_t*>(vector.iov_base) + position;
    position -= vector.iov_len;
  }
  return nullptr;
}

std::uint16_t host_order_at(const std::uint8_t* low, const std::uint8_t* high) {
  return static_cast<std::uint16_t>(*low | *high << 8);
}

void put_wire_order(std::uint8_t* first, std::uint8_t* second, unsigned value) {
  *first = static_cast<std::uint8_t>(value >> 8);
  *second = static_cast<std::uint8_t>(value);
}

}  // namespace

bool may_be_ipv4(std::span<const iovec> vectors, std::size_t size) {
  if (size < kHeader) return false;
  const std::uint8_t* first = byte_at(vectors, 0);
  return first != nullptr && *first >> 4 == 4;
}

void fix_received_header(std::span<const iovec> vectors, std::size_t size) {
  std::uint8_t* bytes[kHeader];
  for (std::size_t i = 0; i < kHeader; ++i) {
    bytes[i] = i < size ? byte_at(vectors, i) : nullptr;
    if (bytes[i] == nullptr) return;
  }
  const unsigned header = (*bytes[0] & 0xfU) * 4;
  const unsigned length = host_order_at(bytes[kLength], bytes[kLength + 1]);
  put_wire_order(bytes[kLength], bytes[kLength + 1], length + header);
  const unsigned offset = host_order_at(bytes[kOffset], bytes[kOffset + 1]);
  put_wire_order(bytes[kOffset], bytes[kOffset + 1], offset);
}

Sysret packet_with_header(std::span<const iovec> vectors, std::vector<std::byte>& packet) {
  packet.clear();
  for (const iovec& vector : vectors) {
    if (vector.iov_len > kLargest - packet.size()) return -EMSGSIZE;
    const auto* first = static_cast<const std::byte*>(vector.iov_base);
    if (first == nullptr && vector.iov_len != 0) return -EFAULT;
    packet.insert(packet.end(), first, first + vector.iov_len);
  }
  if (packet.size() < kHeader) return -EINVAL;
  // Linux takes the length from the call, not from the header.
  const auto length = static_cast<std::uint16_t>(packet.size());
  std::memcpy(&packet[kLength], &length, sizeof length);
  std::uint16_t offset;
  std::memcpy(&offset, &packet[kOffset], sizeof offset);
  offset = ntohs(offset);
  std::memcpy(&packet[kOffset], &offset, sizeof offset);
  return 0;
}

}  // namespace farcall::personality
