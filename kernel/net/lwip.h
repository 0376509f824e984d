// liblwip's headers, all of those that kernel/net uses, and how the kernel takes a function of that
// library over.
//
// liblwip calls its own functions through its PLT. A definition in the kernel comes earlier in the
// lookup order, so an exported function of the same name here replaces the library's: that is how
// the port (lwip_port.cc), the loopback (stack.cc) and the routing decision (routes.cc) get in.
#pragma once

#include <cctype>
#include <cinttypes>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// lwipopts.h declares functions and forgets to say that they are C's.
extern "C" {
#include <lwip/opt.h>
}

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/icmp.h>
#include <lwip/icmp6.h>
#include <lwip/igmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/ip_addr.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/priv/nd6_priv.h>
#include <lwip/priv/raw_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/raw.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>

#define FARCALL_REPLACES_LWIP extern "C" [[gnu::visibility("default")]]

namespace farcall::kernel {

/// NetBSD's errno for an error of lwIP's, 0 for ERR_OK.
int errno_from_lwip(err_t error);

}  // namespace farcall::kernel
