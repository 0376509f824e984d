// Whether the program's memory can be read, for what this library itself reads of it before the
// host or the kernel do: a bad address is to be their EFAULT, and no signal.
//
// Of the program's stack, its heap and its own image that is known; of other memory the host is
// asked, which takes a tenth of a microsecond for a page. A page there that the program has made
// inaccessible is not noticed.
#pragma once

#include <cstddef>

namespace farcall::shim::host {

/// Whether all of `size` bytes can be read. True for none.
bool can_read(const void* address, std::size_t size);

/// Whether a string can be read, up to its NUL or as far as a path goes.
bool can_read_string(const char* text);

}  // namespace farcall::shim::host
