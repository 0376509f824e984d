// What lwIP asks of the system it runs on. All of lwIP runs with the kernel's CPU held, so its core
// lock and its protected sections need nothing; its own threads, mailboxes and semaphores are never
// made, because the sockets here use its raw API and its timers run in a thread of the kernel's
// (stack.cc).
#include "kernel/core/cpu.h"
#include "kernel/net/lwip.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

int errno_from_lwip(err_t error) {
  switch (error) {
    case ERR_OK:
    case ERR_INPROGRESS:
      return 0;
    case ERR_MEM:
    case ERR_BUF:
      return NB_ENOBUFS;
    case ERR_TIMEOUT:
      return NB_ETIMEDOUT;
    case ERR_RTE:
      return NB_EHOSTUNREACH;
    case ERR_USE:
      return NB_EADDRINUSE;
    case ERR_ALREADY:
      return NB_EALREADY;
    case ERR_ISCONN:
      return NB_EISCONN;
    case ERR_CONN:
    case ERR_CLSD:
      return NB_ENOTCONN;
    case ERR_IF:
      return NB_ENETDOWN;
    case ERR_ABRT:
      return NB_ECONNABORTED;
    case ERR_RST:
      return NB_ECONNRESET;
    case ERR_WOULDBLOCK:
      return NB_EWOULDBLOCK;
    default:
      return NB_EINVAL;
  }
}

}  // namespace farcall::kernel

FARCALL_REPLACES_LWIP void sys_init() {}

FARCALL_REPLACES_LWIP u32_t sys_now() {
  return static_cast<u32_t>(farcall::kernel::monotonic_now() / 1'000'000);
}

FARCALL_REPLACES_LWIP u32_t sys_jiffies() { return sys_now(); }

FARCALL_REPLACES_LWIP sys_prot_t sys_arch_protect() { return 0; }
FARCALL_REPLACES_LWIP void sys_arch_unprotect(sys_prot_t) {}

FARCALL_REPLACES_LWIP void sys_lock_tcpip_core() {}
FARCALL_REPLACES_LWIP void sys_unlock_tcpip_core() {}
FARCALL_REPLACES_LWIP void sys_check_core_locking() {}
FARCALL_REPLACES_LWIP void sys_mark_tcpip_thread() {}
