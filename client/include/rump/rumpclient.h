/*
 * rumpclient(3): be a client of a rump kernel that another process hosts, over sysproxy. The names
 * and their meaning are NetBSD's. The server is named by the environment variable RUMP_SERVER
 * (unix://path, tcp://a.b.c.d:port, tcp6://[addr]:port).
 *
 * Every function may be called from any thread; none may be called from a signal handler that
 * interrupted another.
 */
#ifndef RUMP_RUMPCLIENT_H
#define RUMP_RUMPCLIENT_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
/* rumpclient_fork is a structure and a function, as in NetBSD's header. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

/* Connects and does the guest handshake (or, after rumpclient_exec, the exec handshake). 0, or -1
 * with errno. */
int rumpclient_init(void);

/* Makes one system call: `args` are `size` bytes of 8-byte slots. Returns 0 or a NetBSD errno; the
 * results of a successful call are in retval[0] and retval[1]. -1 with errno when the server is
 * gone and is not to be found again. Sleeps until the call ends. When a signal handler without
 * SA_RESTART runs meanwhile, the call ends with EINTR. */
int rumpclient_syscall(int number, const void* args, size_t size, long* retval);

struct rumpclient_fork;

/* fork in three steps: prepare in the parent; fork(2); in the child adopt what was prepared. The
 * parent says how fork(2) went: fork_cancel when it failed, fork_vparent when the child is there;
 * either frees what prefork returned, as fork_init does for the child's copy. prefork returns NULL
 * with errno; fork_init 0, or -1 with errno, and then the child has no connection. */
struct rumpclient_fork* rumpclient_prefork(void);
int rumpclient_fork_init(struct rumpclient_fork*);
void rumpclient_fork_cancel(struct rumpclient_fork*);
void rumpclient_fork_vparent(struct rumpclient_fork*);
pid_t rumpclient_fork(void);

/* execve(2) that keeps the connection: the new program's rumpclient_init continues this kernel
 * process. */
int rumpclient_exec(const char* path, char* const argv[], char* const envp[]);
/* daemon(3), with the kernel process following into the child. */
int rumpclient_daemon(int nochdir, int noclose);

#define RUMPCLIENT_RETRYCONN_INFTIME ((time_t)-1)
#define RUMPCLIENT_RETRYCONN_ONCE ((time_t)-2)
#define RUMPCLIENT_RETRYCONN_DIE ((time_t)-3)
/* What happens when the connection is lost: try again for that many seconds, forever, once, or
 * exit(1). The default, 0, is not to try: the call fails with ENOTCONN. */
void rumpclient_setconnretry(time_t);

enum rumpclient_closevariant {
  RUMPCLIENT_CLOSE_CLOSE,
  RUMPCLIENT_CLOSE_DUP2,
  RUMPCLIENT_CLOSE_FCLOSEM
};
/* To be told before the program closes host descriptor *fd, replaces it by dup2, or closes all from
 * it up: when it is one of ours, moves our descriptor away, or changes *fd. 0, or -1 with errno. */
int rumpclient__closenotify(int* fd, enum rumpclient_closevariant);

#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif

#endif
