// What kernel/net offers to the rest of the kernel: initialization and the ways to configure
// interfaces that rump_pub_netconfig_* export.
#pragma once

#include "farcall/result.h"

namespace farcall::kernel {

/// Starts the stack, lo0 with 127.0.0.1 and ::1, the socket families and the sysctl nodes. From
/// rump_init.
Result<void> net_init();

/// An Ethernet interface: `name` is virt0, virt1 …, on a tap device of the host, or shmif0,
/// shmif1 …, on a bus in a file.
Result<void> net_interface_create(const char* name);
Result<void> net_interface_destroy(const char* name);
/// The host's device, e.g. "tap0", or the bus's file behind it.
Result<void> net_interface_set_link(const char* name, const char* link);
Result<void> net_interface_set_up(const char* name, bool up);
Result<void> net_interface_set_ipv4(const char* name, const char* address, const char* mask);
Result<void> net_interface_set_ipv6(const char* name, const char* address, int prefix);
/// Waits for an address by DHCP, and brings it up with it. NB_EADDRNOTAVAIL: there was none.
Result<void> net_dhcp_ipv4(const char* name);
Result<void> net_gateway_ipv4(const char* gateway);
Result<void> net_gateway_ipv6(const char* gateway);

}  // namespace farcall::kernel
