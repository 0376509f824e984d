/*
 * What the built-in kernel exports: NetBSD's entry points by name and meaning, rump(3). Errors are
 * NetBSD errno values, 0 for success. Everything but rump_init and rump_init_server takes the
 * kernel's CPU itself and may be called from any thread; a thread that has no lwp has one of
 * process 1 for the call.
 */
#ifndef RUMP_RUMP_H
#define RUMP_RUMP_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwp;

/* Starts the kernel. A second call does nothing. Not to be called by two threads at once. */
int rump_init(void);
/* Asks the host to serve clients at `url`, rump_sp(7); the host says what that means. After
 * rump_init. */
int rump_init_server(const char* url);

/* Take and give up a CPU for calls that need one. */
void rump_schedule(void);
void rump_unschedule(void);

/* As __NetBSD_Version__. */
int rump_pub_getversion(void);

/* A system call of the current process, whose memory is this address space: `data` are the argument
   slots, `length` their bytes (at most 64), `retval` the two results. */
int rump_syscall(int number, void* data, size_t length, long* retval);

/* See struct rumpuser_hyperup. */
int rump_pub_lwproc_rfork(int flags);
int rump_pub_lwproc_newlwp(pid_t pid);
void rump_pub_lwproc_switch(struct lwp* lwp);
void rump_pub_lwproc_releaselwp(void);
struct lwp* rump_pub_lwproc_curlwp(void);

/* Interfaces: NAME is virt0, virt1 …; LINK the host's tap device; addresses are text. */
int rump_pub_netconfig_ifcreate(const char* name);
int rump_pub_netconfig_ifdestroy(const char* name);
int rump_pub_netconfig_ifup(const char* name);
int rump_pub_netconfig_ifdown(const char* name);
int rump_pub_netconfig_ifsetlinkstr(const char* name, const char* link);
int rump_pub_netconfig_ipv4_ifaddr(const char* name, const char* address, const char* mask);
int rump_pub_netconfig_ipv4_ifaddr_cidr(const char* name, const char* address, int prefix);
int rump_pub_netconfig_ipv4_gw(const char* gateway);
int rump_pub_netconfig_ipv6_ifaddr(const char* name, const char* address, int prefix);
int rump_pub_netconfig_ipv6_gw(const char* gateway);
/* Waits for an address by DHCP; EADDRNOTAVAIL: no server gave one. */
int rump_pub_netconfig_dhcp_ipv4_oneshot(const char* name);

#ifdef __cplusplus
}
#endif

#endif
