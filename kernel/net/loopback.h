#pragma once

#include "farcall/result.h"

namespace farcall::kernel {

/// Makes lo0 with 127.0.0.1/8 and ::1/128. Once, while the kernel starts.
Result<void> loopback_create();

}  // namespace farcall::kernel
