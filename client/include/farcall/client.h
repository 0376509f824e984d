/*
 * Farcall's own client interface, beside rumpclient(3): calls that are submitted and awaited apart,
 * connections that are named by URL, and what a preloaded library needs of both. C linkage, no
 * exceptions, host errno unless it is said otherwise.
 */
#ifndef FARCALL_CLIENT_H
#define FARCALL_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rumpclient_fork;

/* One system call under way. It belongs to the thread that submitted it. */
typedef struct farcall_call farcall_call;

/* Connects as rumpclient_init does, to `url`. `why` (may be NULL) receives one line for people on
 * failure: what was tried and the reason. 0, or -1 with errno. */
int farcall_connect(const char* url, char* why, size_t why_size);

/* As rumpclient_syscall, but `restart` says what a signal does: 1 as SA_RESTART of the handler
 * says; 0 any handler ends the call with EINTR (as poll, select and nanosleep want it). */
int farcall_syscall(int number, const uint64_t* args, unsigned count, long retval[2], int restart);

/* Sends the call and returns at once. The memory that its arguments name must stay until it ends.
 * NULL with errno. */
farcall_call* farcall_submit(int number, const uint64_t* args, unsigned count);

/* A descriptor that becomes readable (POLLIN) when farcall_try should be called. It belongs to the
 * library, may differ from call to call, and must not be read or closed. -1 with errno. */
int farcall_call_fd(farcall_call*);

/* Does what can be done without sleeping. 1: the call has ended, *error is 0, a NetBSD errno, or -1
 * (connection lost), and retval is set; 0: not yet. */
int farcall_try(farcall_call*, int* error, long retval[2]);

/* Asks the kernel to end the call with EINTR, if the server can; it may end otherwise before. Does
 * not wait. */
void farcall_interrupt(farcall_call*);

/* Sleeps until the call has ended; signals do not end it. As farcall_try. */
void farcall_wait(farcall_call*, int* error, long retval[2]);

/* Frees the call, which must have ended. */
void farcall_call_free(farcall_call*);

/* True when the kernel is in this process (local:// and the kernel's file, in the place of a
 * server's URL). Such a process cannot fork: its kernel's threads would be missing in the child. */
int farcall_is_local(void);

/* True when `fd` is a host descriptor of this library's own. */
int farcall_owns_fd(int fd);

/* fork for a child that execs at once without running our code (posix_spawn): a string for the
 * child's environment variable FARCALL_SPAWN, by which its rumpclient_init adopts the prepared
 * process. `buffer` receives it. 0, or -1. */
int farcall_prespawn(struct rumpclient_fork**, char* buffer, size_t size);

/* What rumpclient_exec puts into the new program's environment: "NAME=value" into `buffer`, for
 * those who call execve themselves. The connection stays open over exec until farcall_exec_failed.
 * 0, or -1 with errno. */
int farcall_exec_prepare(char* buffer, size_t size);
void farcall_exec_failed(void);

#ifdef __cplusplus
}
#endif

#endif
