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

/*
 * One system call under way, from farcall_submit to farcall_call_free. It has exactly one outcome:
 * its result, an error of the kernel's (EINTR when it was cancelled in time), or the loss of the
 * connection. See ASYNCHRONOUS CALLS below.
 */
typedef struct farcall_call farcall_call;

/* Connects as rumpclient_init does, to `url`. `why` (may be NULL) receives one line for people on
 * failure: what was tried and the reason. 0, or -1 with errno. */
int farcall_connect(const char* url, char* why, size_t why_size);

/* As rumpclient_syscall, but `restart` says what a signal does: 1 as SA_RESTART of the handler
 * says; 0 any handler ends the call with EINTR (as poll, select and nanosleep want it), also when
 * its signal came before the call slept. */
int farcall_syscall(int number, const uint64_t* args, unsigned count, long retval[2], int restart);

/* As farcall_syscall with restart 0, for a caller that has blocked its thread's signals: `mask`
 * (bit N - 1 is signal N) takes the place of the thread's mask while the call sleeps and at no
 * other time, as in ppoll(2). So a handler that `mask` lets through ends the call whenever its
 * signal came since they were blocked. */
int farcall_syscall_masked(int number, const uint64_t* args, unsigned count, long retval[2],
                           uint64_t mask);

/*
 * ASYNCHRONOUS CALLS. A thread submits a call, does other things, and waits in poll(2), select(2)
 * or epoll(7) for the call and for descriptors of the host's at once:
 *
 *     long retval[2];
 *     int error;
 *     const uint64_t args[] = {fd, (uint64_t)buffer, sizeof buffer};
 *     farcall_call* call = farcall_submit(3, args, 3);             // NetBSD's read(2)
 *     while (!farcall_try(call, &error, retval)) {
 *       struct pollfd waiting[] = {{farcall_call_fd(call), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
 *       poll(waiting, 2, -1);
 *       if (waiting[1].revents != 0) farcall_interrupt(call);      // farcall_try gives its outcome
 *     }
 *     farcall_call_free(call);
 *
 * Channels. To a server of Farcall's over a unix socket a call goes through memory that both share,
 * and an eventfd tells of its end; over tcp, and to a stock server, the connection does, which is
 * read by whichever thread of the program comes first, in farcall_try or in a call of its own.
 * Nothing has to be done differently.
 *
 * Threads and signals. A call belongs to the thread that submitted it: no other thread may use it.
 * The thread may have many at a time, and make others meanwhile. So may its signal handlers; but
 * they leave alone the call that an interrupted function of this section was about. When the thread
 * ends, its calls are cancelled and freed.
 *
 * Memory. What the arguments name must stay, unchanged, until the call has ended, also where it was
 * cancelled. What the call writes is there when farcall_try or farcall_wait has said that it ended.
 *
 * fork, exec. In a child of rumpclient_fork the forking thread's calls have ended with EINTR; in
 * one of a fork that was not announced, every call is lost. Either way they go on in the parent.
 * exec cancels them; they go on when it fails.
 *
 * A kernel in this process (farcall_is_local) has a thread for each such call.
 *
 * client/examples/relay.c is a whole program.
 */

/* Submits a system call, at most 8 arguments. It may sleep for one exchange with the server when
 * the process has more calls under way than ever before, for a channel; signals wait meanwhile, so
 * that no handler leaves it half done. The call, or NULL with
 * errno: ENOTCONN (no server), EAGAIN (16384 are under way), EINVAL (too many arguments). What the
 * server refuses is the call's result. */
farcall_call* farcall_submit(int number, const uint64_t* args, unsigned count);

/* A descriptor that is readable (POLLIN) when farcall_try should be called, which may find that the
 * call has not ended. It belongs to the library, may differ from call to call, is to be asked for
 * for each call, and must be neither read nor closed. -1 with errno: EMFILE, ENFILE, ENOMEM;
 * ENOTCONN in a child. Does not sleep. */
int farcall_call_fd(farcall_call*);

/* Does what can be done without sleeping. 1: the call has ended, *error is 0, a NetBSD errno, or -1
 * (connection lost), and for 0 retval is set; 0: not yet. */
int farcall_try(farcall_call*, int* error, long retval[2]);

/* Cancels the call: asks the kernel to end it with EINTR when it sleeps, or is about to. It may end
 * otherwise before that, and its outcome is still to be asked for; a stock server cannot do it, and
 * the call goes on. Does not wait for the end. */
void farcall_interrupt(farcall_call*);

/* Sleeps until the call has ended; signal handlers run, and do not end it. Results as
 * farcall_try's. */
void farcall_wait(farcall_call*, int* error, long retval[2]);

/* Frees the call, after it has ended. One that has not is cancelled, its outcome is lost, and its
 * memory has to stay for good; with a kernel in this process this sleeps until it has ended. A
 * signal that the call brought with it (SIGPIPE) is raised here. */
void farcall_call_free(farcall_call*);

/* siglongjmp(3) is about to leave all frames of the calling thread below the address `stack`, for a
 * library that has taken it over: calls that wait in such a frame are ended before this returns.
 * Without it the thread's next call finds and ends them, if it is made from no deeper frame. With a
 * stock server, or a kernel in this process, nothing happens. */
void farcall_leave_frames(const void* stack);

/* True when the kernel is in this process (local:// and the kernel's file, in the place of a
 * server's URL). Such a process cannot fork: its kernel's threads would be missing in the child. */
int farcall_is_local(void);

/* True when `fd` is a host descriptor of this library's own. */
int farcall_owns_fd(int fd);

/* fork for a child that execs at once without running our code (posix_spawn): a string for the
 * child's environment variable FARCALL_SPAWN, by which its rumpclient_init adopts the prepared
 * process. `buffer` receives it. 0, or -1. */
int farcall_prespawn(struct rumpclient_fork**, char* buffer, size_t size);

/*
 * DESCRIPTORS FOR OTHER PROCESSES. A kernel descriptor reaches another client of the same server,
 * which need not be related, over a local socket of the host's (SCM_RIGHTS): the sender packs it,
 * sends the host descriptor that this gives, and drops that; the receiver unpacks what came and
 * closes it. A packed descriptor is open for as long as a message or a process has it, also when
 * its sender ends. Who gets it without this library can make system calls in the kernel, as a
 * process that has this descriptor.
 */

/* Packs the kernel descriptor `kfd`, which stays as it is. A host descriptor of this library's own,
 * for farcall_packed_drop; or -1 with errno: EBADF; EOPNOTSUPP (a kernel without local sockets, or
 * in this process); ENOTCONN; what connecting to the server said. Takes several exchanges with it.
 * A kind of descriptor that no message can carry shows at farcall_unpack. */
int farcall_pack(int kfd);
void farcall_packed_drop(int fd);

/* 1 when `fd` is a packed descriptor, else 0. One host call. */
int farcall_is_packed(int fd);

/* A kernel descriptor of this process for what is packed in `fd`, which stays the caller's to
 * close. `again`: `fd` will be unpacked once more (its message was only looked at, MSG_PEEK). -1
 * with errno: ENOENT (of another kernel), EOPNOTSUPP, EMFILE, ENOTCONN; EPROTO or ETIMEDOUT when
 * `fd` only looked like one: it reads none of the caller's memory, but may keep the caller waiting
 * for ten seconds. */
int farcall_unpack(int fd, int again);

/* What rumpclient_exec puts into the new program's environment: "NAME=value" into `buffer`, for
 * those who call execve themselves. The connection stays open over exec until farcall_exec_failed.
 * 0, or -1 with errno. */
int farcall_exec_prepare(char* buffer, size_t size);
void farcall_exec_failed(void);

#ifdef __cplusplus
}
#endif

#endif
