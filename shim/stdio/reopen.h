// freopen(3) to and from files of the kernel.
#pragma once

#include <stdio.h>

namespace farcall::shim {

/// As freopen(3), where the path is not the host's or the stream is one of ours; `flags` are
/// open(2)'s for `mode`, and -1 for a mode that does not exist. A stream of libc's own cannot
/// become the kernel's (ENOTSUP), unless it is a standard one: then the variable (stdin …) gets
/// another.
FILE* reopen(const char* path, const char* mode, int flags, FILE* stream);

}  // namespace farcall::shim
