// Memory that a client shares with the server, lent to the kernel: an extension of Farcall's,
// beside rumpuser_sp_copyin and _copyout. Neither function blocks or gives up the CPU.
//
// The client may change what is there at any time: a kernel that checks it has to copy it first.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rumpuser_loan;

/// What the kernel wants to do with the memory: copy from it or to it, before the present system
/// call ends; or read it later as well. Then the client learns when it is given back.
enum rumploan { RUMPUSER_LOAN_READ, RUMPUSER_LOAN_WRITE, RUMPUSER_LOAN_KEEP };

/// Where the kernel can reach the `length` bytes that `client` has at `remote`: `*local`, until
/// rumpuser_sp_give_back(`*loan`), whatever becomes of the client. Only for the client whose system
/// call the calling thread executes. For RUMPUSER_LOAN_READ and _WRITE that may also be where what
/// crosses with the call is; then `*loan` is null, there is nothing to give back, and bytes that
/// are to be written have to be, all of them and before any other copy. 0, or a NetBSD errno:
/// EFAULT when there is no such memory; then copies reach it.
int rumpuser_sp_borrow(void* client, const void* remote, size_t length, int how, void** local,
                       struct rumpuser_loan** loan);
void rumpuser_sp_give_back(struct rumpuser_loan* loan);

#ifdef __cplusplus
}
#endif
