// The upcalls that the kernel hands to its host.
#pragma once

#include "rump/rumpuser.h"

namespace farcall::kernel {

const rumpuser_hyperup& kernel_upcalls();

/// hyp_syscall: runs one call of the current lwp. `args` has eight slots. Returns NetBSD's errno.
int upcall_syscall(int number, void* args, long* retval);

}  // namespace farcall::kernel
