// getifaddrs(3), if_nametoindex(3) and their like, answered by the kernel. Only to be asked when
// process::sees_kernel_network(). All results are libc's, errno included, and are freed by libc's
// own functions.
#pragma once

#include <ifaddrs.h>
#include <net/if.h>

namespace farcall::shim::network {

int get_addresses(ifaddrs** list);
unsigned name_to_index(const char* name);
char* index_to_name(unsigned index, char* name);
struct if_nameindex* name_index();

}  // namespace farcall::shim::network
