// What librumpuser.so.0 offers beside the hypercalls: to the server above it and to those who add
// names to rumpuser_open. C linkage, so that the one shared object serves any program.
#pragma once

#include "rump/loan.h"
#include "rump/rumpuser.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The upcalls that the kernel gave to rumpuser_init, or NULL before. They stay valid until the
/// process ends.
const struct rumpuser_hyperup* farcall_hypercall_upcalls(void);

/// The built-in kernel's own upcall, in hyp__extra[0], NULL in other kernels: a call in which `lwp`
/// sleeps, or its next sleep within the present call, ends with EINTR. Called with a CPU of the
/// kernel.
typedef void (*farcall_lwp_interrupt_fn)(struct lwp* lwp);

/// Not NULL in hyp__extra[1]: the kernel knows arena::kMsgLend, a flag of its send calls, and then
/// sends from memory that it borrows (rump/loan.h).
#define FARCALL_EXTRA_BORROWS 1

/// How rumpuser_sp_* reach a client. Results are NetBSD errno values. They may block; the CPU is
/// already given up. Those at the end, which may be NULL, are called with the CPU held and do not
/// block; those named at_once are asked before the others, and answer 1 when the copy is made, 0
/// when copyin or copyout are to make it.
struct farcall_sysproxy_ops {
  int (*init)(const char* url, const char* ostype, const char* osrelease, const char* machine);
  int (*copyin)(void* client, const void* remote, void* local, size_t length);
  /// `*length`: the most to read, then what was read with its NUL. ENAMETOOLONG when there is none.
  int (*copyinstr)(void* client, const void* remote, void* local, size_t* length);
  int (*copyout)(void* client, const void* local, void* remote, size_t length);
  int (*copyoutstr)(void* client, const void* local, void* remote, size_t* length);
  int (*anonmmap)(void* client, size_t length, void** remote);
  int (*raise)(void* client, int sig);
  void (*fini)(void* client);
  int (*copyin_at_once)(void* client, const void* remote, void* local, size_t length);
  int (*copyout_at_once)(void* client, const void* local, void* remote, size_t length);
  /// As rumpuser_sp_borrow and rumpuser_sp_give_back.
  int (*borrow)(void* client, const void* remote, size_t length, int how, void** local,
                struct rumpuser_loan** loan);
  void (*give_back)(struct rumpuser_loan* loan);
};

/// Sets who answers rumpuser_sp_*; `ops` must stay. Until then they fail with ENOSYS. Call before
/// rump_init.
void farcall_hypercall_set_sysproxy(const struct farcall_sysproxy_ops* ops);

/// `hook(arg)` is called in this thread each time just before a hypercall of it sleeps or may sleep
/// for long (condition variables, clocks, file I/O), after the CPU was given up; NULL takes it
/// away. The server uses it to hand on the reading of a client's socket. The hook must not make
/// hypercalls, nor take anything that is held while the kernel's CPU is taken: when the sleep is a
/// condition variable's, the mutex that it waits with is still held, and in the built-in kernel
/// that mutex is the CPU.
void farcall_hypercall_set_sleep_hook(void (*hook)(void*), void* arg);

/// A family of special names of rumpuser_open: every name that begins with `prefix`, a word and a
/// colon ("tap:"). `open` gets the whole name and RUMPUSER_OPEN_*; it returns a host descriptor
/// that rumpuser_iovread and the like can use, or a negative host errno. `getfileinfo` answers
/// rumpuser_getfileinfo with a host errno; without it (NULL) such names have size 0 and type
/// RUMPUSER_FT_OTHER. Both may block and are called without the CPU. Returns 0, or (host) EEXIST if
/// the prefix is taken, EINVAL if it is none. Safe from any thread. "tap:NAME" is there from the
/// start: the Ethernet frames of the host's tap device NAME, one with each read and write. NAME may
/// also be a registered one, "tap:nat:0" say, of something that carries frames in the same way.
int farcall_hypercall_register_names(const char* prefix, int (*open)(const char* name, int flags),
                                     int (*getfileinfo)(const char* name, uint64_t* size,
                                                        int* type));

/// Sets what rumpuser_getparam answers for `name`, before the environment is asked. Copies both
/// strings.
void farcall_hypercall_set_param(const char* name, const char* value);

/// Has the kernel start without a table of its symbols, which it would sort meanwhile, and needs to
/// load modules only. Call before rump_init.
void farcall_hypercall_defer_symbols(void);

/// Gives it to the kernel, unless it has it. Call after rump_init, with a CPU, and not in several
/// threads at once; before modules are loaded.
void farcall_hypercall_load_symbols(void);

#ifdef __cplusplus
}
#endif
