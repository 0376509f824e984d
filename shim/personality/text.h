// printf into a string, without the libc functions that a preloaded library must not call on
// descriptors.
#pragma once

#include <string>

namespace farcall::personality {

/// Appends what printf(3) would write. At most 512 bytes at a time.
[[gnu::format(printf, 2, 3)]] void append_format(std::string& out, const char* format, ...);

/// Appends a line, filled with spaces to `width` before the newline, as seq_file's fixed-width
/// tables are.
void append_padded_line(std::string& out, const std::string& line, std::size_t width);

}  // namespace farcall::personality
