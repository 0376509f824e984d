// The memory and signals of remote clients: passed to whoever serves them.
#include <atomic>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using farcall::hypercall::without_cpu;

namespace {

std::atomic<const farcall_sysproxy_ops*> server = nullptr;

/// The server's answer, made without the CPU; without a server there is no client to reach.
template <class... Parameters, class... Args>
int ask(int (*farcall_sysproxy_ops::*operation)(Parameters...), Args... args) {
  const farcall_sysproxy_ops* const ops = server.load();
  if (ops == nullptr) return NB_ENOSYS;
  return without_cpu([&] { return (ops->*operation)(args...); });
}

/// True when the copy was made with the CPU held.
template <class... Parameters, class... Args>
bool at_once(int (*farcall_sysproxy_ops::*operation)(Parameters...), Args... args) {
  const farcall_sysproxy_ops* const ops = server.load();
  return ops != nullptr && ops->*operation != nullptr && (ops->*operation)(args...) != 0;
}

}  // namespace

void farcall_hypercall_set_sysproxy(const farcall_sysproxy_ops* ops) { server.store(ops); }

// Called before the kernel serves anybody, and the next when it has ended: neither has a CPU to
// give up.
int rumpuser_sp_init(const char* url, const char* ostype, const char* osrelease,
                     const char* machine) {
  const farcall_sysproxy_ops* const ops = server.load();
  return ops == nullptr ? NB_ENOSYS : ops->init(url, ostype, osrelease, machine);
}

void rumpuser_sp_fini(void* client) {
  if (const farcall_sysproxy_ops* const ops = server.load()) ops->fini(client);
}

int rumpuser_sp_copyin(void* client, const void* remote, void* local, size_t length) {
  if (at_once(&farcall_sysproxy_ops::copyin_at_once, client, remote, local, length)) return 0;
  return ask(&farcall_sysproxy_ops::copyin, client, remote, local, length);
}

int rumpuser_sp_copyinstr(void* client, const void* remote, void* local, size_t* length) {
  return ask(&farcall_sysproxy_ops::copyinstr, client, remote, local, length);
}

int rumpuser_sp_copyout(void* client, const void* local, void* remote, size_t length) {
  if (at_once(&farcall_sysproxy_ops::copyout_at_once, client, local, remote, length)) return 0;
  return ask(&farcall_sysproxy_ops::copyout, client, local, remote, length);
}

int rumpuser_sp_copyoutstr(void* client, const void* local, void* remote, size_t* length) {
  return ask(&farcall_sysproxy_ops::copyoutstr, client, local, remote, length);
}

int rumpuser_sp_anonmmap(void* client, size_t length, void** remote) {
  return ask(&farcall_sysproxy_ops::anonmmap, client, length, remote);
}

int rumpuser_sp_raise(void* client, int sig) {
  return ask(&farcall_sysproxy_ops::raise, client, sig);
}

int rumpuser_sp_borrow(void* client, const void* remote, size_t length, int how, void** local,
                       rumpuser_loan** loan) {
  const farcall_sysproxy_ops* const ops = server.load();
  if (ops == nullptr || ops->borrow == nullptr) return NB_EFAULT;
  return ops->borrow(client, remote, length, how, local, loan);
}

void rumpuser_sp_give_back(rumpuser_loan* loan) {
  if (const farcall_sysproxy_ops* const ops = server.load()) ops->give_back(loan);
}
