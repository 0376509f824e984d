#include "server/nat/loopback_guard.h"

namespace farcall::server {
namespace {

constexpr std::size_t kTypeOffset = 12;
constexpr std::size_t kDestination4 = 14 + 16, kDestination6 = 14 + 24;
constexpr unsigned kIpv4 = 0x0800, kIpv6 = 0x86dd;
constexpr unsigned kLoopbackNetwork = 127;

}  // namespace

bool goes_to_loopback(std::span<const std::byte> frame) {
  const auto at = [&](std::size_t offset) { return std::to_integer<unsigned>(frame[offset]); };
  if (frame.size() < kTypeOffset + 2) return false;
  const unsigned type = at(kTypeOffset) << 8 | at(kTypeOffset + 1);
  if (type == kIpv4 && frame.size() > kDestination4) {
    return at(kDestination4) == 0 || at(kDestination4) == kLoopbackNetwork;
  }
  return type == kIpv6 && frame.size() > kDestination6 && at(kDestination6) == 0;
}

}  // namespace farcall::server
