#include <ifaddrs.h>
#include <net/if.h>

#include "catch.h"
#include "shim/host/libc.h"
#include "shim/network/interfaces.h"
#include "shim/process/start.h"

using namespace farcall::shim;

FARCALL_CATCH int getifaddrs(ifaddrs** list) noexcept {
  return process::sees_kernel_network() ? network::get_addresses(list)
                                        : host::libc().getifaddrs(list);
}

FARCALL_CATCH unsigned if_nametoindex(const char* name) noexcept {
  return process::sees_kernel_network() ? network::name_to_index(name)
                                        : host::libc().if_nametoindex(name);
}

FARCALL_CATCH char* if_indextoname(unsigned index, char* name) noexcept {
  return process::sees_kernel_network() ? network::index_to_name(index, name)
                                        : host::libc().if_indextoname(index, name);
}

FARCALL_CATCH struct if_nameindex* if_nameindex() noexcept {
  return process::sees_kernel_network() ? network::name_index() : host::libc().if_nameindex();
}
