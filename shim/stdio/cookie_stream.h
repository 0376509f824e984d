// stdio on kernel descriptors. libc's streams read and write by calls that nobody else sees, so a
// stream on a kernel descriptor is one of fopencookie(3) that comes back to us.
#pragma once

#include <stdio.h>

namespace farcall::shim {

/// fdopen(3) on a kernel descriptor. The stream owns `fd`. NULL with errno.
FILE* open_cookie_stream(int fd, const char* mode);

/// The descriptor of a stream that open_cookie_stream made, or -1: fileno(3) does not know those.
int cookie_stream_fd(FILE* stream);

}  // namespace farcall::shim
