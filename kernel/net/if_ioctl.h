#pragma once

#include "farcall/result.h"

namespace farcall::kernel {

/// The interface commands of netintro(4), on a socket of any internet family; `data` as File::ioctl
/// has it. NB_ENOTTY for a command that is none of them, NB_ENXIO for an interface that does not
/// exist, NB_EPERM.
Result<void> interface_ioctl(unsigned long command, void* data);

}  // namespace farcall::kernel
