#pragma once

namespace farcall::kernel {

/// Registers the nodes below net: net.route, net.inet.* and net.inet6.*. Once, while the kernel
/// starts.
void net_sysctl_init();
/// Those of them that list control blocks (pcb_sysctl.cc).
void pcb_sysctl_init();

}  // namespace farcall::kernel
