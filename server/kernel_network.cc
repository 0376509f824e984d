#include "server/kernel_network.h"

#include <array>

#include "netbsd/syscalls.h"
#include "server/kernel_interface.h"

namespace farcall::server {
namespace {

constexpr std::size_t kFirstSize = 4096;
/// More than any number of interfaces that makes sense.
constexpr std::size_t kLargestSize = 16 << 20;

std::uint64_t slot_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

/// The list into `to`, whose size becomes what the kernel says. A NetBSD errno: NB_ENOMEM when it
/// has more.
int read_list(const rumpuser_hyperup& up, std::vector<std::byte>& to) {
  constexpr std::array kName = {NB_CTL_NET, NB_AF_ROUTE, 0, 0, NB_NET_RT_IFLIST, 0};
  std::uint64_t size = to.size();
  std::array<std::uint64_t, 8> arguments = {
      slot_of(kName.data()), kName.size(), slot_of(to.data()), slot_of(&size), 0, 0};
  long result[2] = {0, 0};
  const CpuScope cpu(up);
  const int error = up.hyp_syscall(NB_SYS___sysctl, arguments.data(), result);
  if (error == 0) to.resize(std::min<std::size_t>(size, to.size()));
  return error;
}

}  // namespace

Result<InterfaceList> kernel_interfaces(const rumpuser_hyperup& up) {
  for (std::size_t size = kFirstSize; size <= kLargestSize; size *= 4) {
    std::vector<std::byte> bytes(size);
    const int error = read_list(up, bytes);
    if (error == 0) return interfaces_from(bytes);
    if (error != NB_ENOMEM) return Error{error};
  }
  return Error{NB_ENOMEM};
}

}  // namespace farcall::server
