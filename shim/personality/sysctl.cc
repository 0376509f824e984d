#include "personality/sysctl.h"

#include "personality/netbsd.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "personality/call.h"

namespace farcall::personality {
namespace {

constexpr std::size_t kFirstSize = 16 << 10;
constexpr std::size_t kLargestSize = 16 << 20;

/// One try. `value` keeps the size that the kernel says it filled, or needs when the result is
/// -ENOMEM.
Sysret read_once(const SysctlName& name, std::vector<std::byte>& value, const void* query,
                 std::size_t query_size) {
  std::uint64_t size = value.size();
  const Sysret result =
      call(NB_SYS___sysctl, name.data(), name.size(), value.data(), &size, query, query_size);
  const bool more = result == -ENOMEM && size > value.size();
  if (result == 0 || more) value.resize(std::min<std::size_t>(size, kLargestSize));
  return result;
}

Sysret read_all(const SysctlName& name, std::vector<std::byte>& value, const void* query,
                std::size_t query_size) {
  value.assign(kFirstSize, std::byte{0});
  for (;;) {
    const std::size_t tried = value.size();
    const Sysret result = read_once(name, value, query, query_size);
    if (result != -ENOMEM || tried >= kLargestSize) return result;
    // What is listed may grow between two tries.
    value.assign(std::min(kLargestSize, std::max(value.size(), 2 * tried)), std::byte{0});
  }
}

}  // namespace

Sysret sysctl_read(const SysctlName& name, std::vector<std::byte>& value) {
  return read_all(name, value, nullptr, 0);
}

Sysret sysctl_write(const SysctlName& name, const void* value, std::size_t size) {
  return call(NB_SYS___sysctl, name.data(), name.size(), nullptr, nullptr, value, size);
}

Sysret sysctl_child(const SysctlName& parent, std::string_view leaf) {
  SysctlName name = parent;
  name.push_back(NB_CTL_QUERY);
  netbsd::sysctlnode query = {};
  query.sysctl_flags = NB_SYSCTL_VERSION;
  std::vector<std::byte> listing;
  const Sysret result = read_all(name, listing, &query, sizeof query);
  if (result < 0) return result;
  for (std::size_t at = 0; at + sizeof query <= listing.size(); at += sizeof query) {
    netbsd::sysctlnode node;
    std::memcpy(&node, &listing[at], sizeof node);
    if (leaf ==
        std::string_view(node.sysctl_name, strnlen(node.sysctl_name, sizeof node.sysctl_name))) {
      return node.sysctl_num;
    }
  }
  return -ENOENT;
}

}  // namespace farcall::personality
