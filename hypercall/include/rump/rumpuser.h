/*
 * The hypercall interface, rumpuser(3), version 17: what a rump kernel asks of its host, and the
 * upcalls it hands over.
 *
 * This is the one boundary between a kernel and everything else. Errors that cross it are NetBSD's
 * errno values, 0 for success. A hypercall that may sleep first gives up the kernel's CPU through
 * hyp_backend_unschedule and takes it back with hyp_backend_schedule before it returns; those named
 * *_nowrap and mutexes made with RUMPUSER_MTX_SPIN do not.
 */
#ifndef RUMP_RUMPUSER_H
#define RUMP_RUMPUSER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RUMPUSER_VERSION 17

struct lwp;

/* ---- start: the kernel's upcalls
 * ------------------------------------------------------------------------------- */

struct rumpuser_hyperup {
  void (*hyp_schedule)(void);   /* take a CPU of the kernel for this thread, with an lwp */
  void (*hyp_unschedule)(void); /* give it up */
  /* Around a sleeping hypercall: `nlocks` receives what backend_schedule needs; `interlock` is the
     mutex that the caller waits with, or NULL. */
  void (*hyp_backend_unschedule)(int keep, int* nlocks, void* interlock);
  void (*hyp_backend_schedule)(int nlocks, void* interlock);
  void (*hyp_lwproc_switch)(struct lwp*);
  void (*hyp_lwproc_release)(void); /* the current lwp ends; with its last lwp the process */
  /* A new process with one lwp, which becomes current. `flags`: 0 shares the descriptors,
     RUMP_RFFDG copies, RUMP_RFCFDG starts with none. `client` is handed to the rumpuser_sp_*
     hypercalls for that process. */
  int (*hyp_lwproc_rfork)(void* client, int flags, const char* comm);
  int (*hyp_lwproc_newlwp)(pid_t);
  struct lwp* (*hyp_lwproc_curlwp)(void);
  int (*hyp_syscall)(int number, void* args,
                     long* retval); /* NetBSD errno; `retval` has two elements */
  void (*hyp_lwpexit)(
      void); /* wake and end the lwps of the current process, but not the current one */
  void (*hyp_execnotify)(const char* comm);
  pid_t (*hyp_getpid)(void);
  void* hyp__extra[8]; /* see farcall/hypercall.h for the one we use */
};

#define RUMP_RFFDG 0x01
#define RUMP_RFCFDG 0x02

int rumpuser_init(int version, const struct rumpuser_hyperup*);

/* ---- memory
 * ----------------------------------------------------------------------------------------------------
 */

int rumpuser_malloc(size_t, int alignment, void**);
void rumpuser_free(void*, size_t);
int rumpuser_anonmmap(void* preferred, size_t, int alignbits, int executable, void**);
void rumpuser_unmap(void*, size_t);

/* ---- files and block I/O
 * --------------------------------------------------------------------------------------- */

#define RUMPUSER_OPEN_RDONLY 0x0000
#define RUMPUSER_OPEN_WRONLY 0x0001
#define RUMPUSER_OPEN_RDWR 0x0002
#define RUMPUSER_OPEN_ACCMODE 0x0003
#define RUMPUSER_OPEN_CREATE 0x0004
#define RUMPUSER_OPEN_EXCL 0x0008
#define RUMPUSER_OPEN_BIO 0x0010
int rumpuser_open(const char* name, int flags, int* fd);
int rumpuser_close(int fd);

#define RUMPUSER_FT_OTHER 0
#define RUMPUSER_FT_DIR 1
#define RUMPUSER_FT_REG 2
#define RUMPUSER_FT_BLK 3
#define RUMPUSER_FT_CHR 4
int rumpuser_getfileinfo(const char* name, uint64_t* size, int* type);

#define RUMPUSER_BIO_READ 0x01
#define RUMPUSER_BIO_WRITE 0x02
#define RUMPUSER_BIO_SYNC 0x04
typedef void (*rump_biodone_fn)(void* arg, size_t transferred, int error);
void rumpuser_bio(int fd, int op, void* data, size_t, int64_t offset, rump_biodone_fn, void* arg);

struct rumpuser_iovec {
  void* iov_base;
  size_t iov_len;
};
#define RUMPUSER_IOV_NOSEEK (-1)
int rumpuser_iovread(int fd, struct rumpuser_iovec*, size_t count, int64_t offset,
                     size_t* transferred);
int rumpuser_iovwrite(int fd, const struct rumpuser_iovec*, size_t count, int64_t offset,
                      size_t* transferred);

#define RUMPUSER_SYNCFD_READ 0x01
#define RUMPUSER_SYNCFD_WRITE 0x02
#define RUMPUSER_SYNCFD_BOTH (RUMPUSER_SYNCFD_READ | RUMPUSER_SYNCFD_WRITE)
#define RUMPUSER_SYNCFD_BARRIER 0x04
#define RUMPUSER_SYNCFD_SYNC 0x08
int rumpuser_syncfd(int fd, int flags, uint64_t start, uint64_t length);

/* ---- clocks
 * ----------------------------------------------------------------------------------------------------
 */

enum rumpclock { RUMPUSER_CLOCK_RELWALL, RUMPUSER_CLOCK_ABSMONO };
int rumpuser_clock_gettime(int clock, int64_t* sec, long* nsec);
int rumpuser_clock_sleep(int clock, int64_t sec, long nsec);

/* ---- the host
 * --------------------------------------------------------------------------------------------------
 */

#define RUMPUSER_PARAM_NCPU "_RUMPUSER_NCPU"
#define RUMPUSER_PARAM_HOSTNAME "_RUMPUSER_HOSTNAME"
int rumpuser_getparam(const char* name, void* buffer, size_t);

void rumpuser_seterrno(int);

#define RUMPUSER_PID_SELF ((int64_t)-1)
int rumpuser_kill(int64_t pid, int sig);
#define RUMPUSER_PANIC (-1)
void rumpuser_exit(int) __attribute__((noreturn));

void rumpuser_putchar(int);
void rumpuser_dprintf(const char*, ...) __attribute__((format(printf, 1, 2)));

#define RUMPUSER_RANDOM_HARD 0x01
#define RUMPUSER_RANDOM_NOWAIT 0x02
int rumpuser_getrandom(void*, size_t, int flags, size_t* got);

/* ---- threads and synchronization
 * ------------------------------------------------------------------------------- */

int rumpuser_thread_create(void* (*)(void*), void* arg, const char* name, int joinable,
                           int priority, int cpu, void** cookie);
void rumpuser_thread_exit(void) __attribute__((noreturn));
int rumpuser_thread_join(void* cookie);

enum rumplwpop { RUMPUSER_LWP_CREATE, RUMPUSER_LWP_DESTROY, RUMPUSER_LWP_SET, RUMPUSER_LWP_CLEAR };
void rumpuser_curlwpop(int, struct lwp*);
struct lwp* rumpuser_curlwp(void);

struct rumpuser_mtx;
#define RUMPUSER_MTX_SPIN 0x01
#define RUMPUSER_MTX_KMUTEX 0x02
void rumpuser_mutex_init(struct rumpuser_mtx**, int flags);
void rumpuser_mutex_enter(struct rumpuser_mtx*);
void rumpuser_mutex_enter_nowrap(struct rumpuser_mtx*);
int rumpuser_mutex_tryenter(struct rumpuser_mtx*);
void rumpuser_mutex_exit(struct rumpuser_mtx*);
void rumpuser_mutex_destroy(struct rumpuser_mtx*);
void rumpuser_mutex_owner(struct rumpuser_mtx*, struct lwp**);

struct rumpuser_rw;
enum rumprwlock { RUMPUSER_RW_READER, RUMPUSER_RW_WRITER };
void rumpuser_rw_init(struct rumpuser_rw**);
void rumpuser_rw_enter(int, struct rumpuser_rw*);
int rumpuser_rw_tryenter(int, struct rumpuser_rw*);
int rumpuser_rw_tryupgrade(struct rumpuser_rw*);
void rumpuser_rw_downgrade(struct rumpuser_rw*);
void rumpuser_rw_exit(struct rumpuser_rw*);
void rumpuser_rw_destroy(struct rumpuser_rw*);
void rumpuser_rw_held(int, struct rumpuser_rw*, int* held);

struct rumpuser_cv;
void rumpuser_cv_init(struct rumpuser_cv**);
void rumpuser_cv_destroy(struct rumpuser_cv*);
void rumpuser_cv_wait(struct rumpuser_cv*, struct rumpuser_mtx*);
void rumpuser_cv_wait_nowrap(struct rumpuser_cv*, struct rumpuser_mtx*);
/* The time is relative. 0, or NetBSD's ETIMEDOUT. */
int rumpuser_cv_timedwait(struct rumpuser_cv*, struct rumpuser_mtx*, int64_t sec, int64_t nsec);
void rumpuser_cv_signal(struct rumpuser_cv*);
void rumpuser_cv_broadcast(struct rumpuser_cv*);
void rumpuser_cv_has_waiters(struct rumpuser_cv*, int*);

/* ---- components, daemons, code
 * --------------------------------------------------------------------------------- */

struct modinfo;
struct rump_component;
typedef void (*rump_modinit_fn)(const struct modinfo* const*, size_t);
typedef int (*rump_symload_fn)(void*, uint64_t, char*, uint64_t);
typedef void (*rump_compload_fn)(const struct rump_component*);
void rumpuser_dl_bootstrap(rump_modinit_fn, rump_symload_fn, rump_compload_fn);

int rumpuser_daemonize_begin(void);
int rumpuser_daemonize_done(int error);
int rumpuser_sync_icache(void*, uint64_t);

/* ---- the memory of a remote client: `client` is what hyp_lwproc_rfork was given
 * --------------------------------- */

int rumpuser_sp_init(const char* url, const char* ostype, const char* osrelease,
                     const char* machine);
int rumpuser_sp_copyin(void* client, const void* remote, void* local, size_t);
int rumpuser_sp_copyinstr(void* client, const void* remote, void* local, size_t* length);
int rumpuser_sp_copyout(void* client, const void* local, void* remote, size_t);
int rumpuser_sp_copyoutstr(void* client, const void* local, void* remote, size_t* length);
int rumpuser_sp_anonmmap(void* client, size_t, void** remote);
int rumpuser_sp_raise(void* client, int sig);
void rumpuser_sp_fini(void* client);

/* ---- for the host halves of drivers
 * ----------------------------------------------------------------------------- */

void* rumpuser_component_unschedule(void);
void rumpuser_component_schedule(void* cookie);
void rumpuser_component_kthread(void);
void rumpuser_component_kthread_release(void);
struct lwp* rumpuser_component_curlwp(void);
void rumpuser_component_switchlwp(struct lwp*);
int rumpuser_component_errtrans(int host_errno);

#ifdef __cplusplus
}
#endif

#endif
