// The names in a directory of either side.
#pragma once

#include <string>
#include <vector>

namespace farcall::shim::directories {

enum class Dots { left_out, taken };

/// Appends them, in the directory's order. False with errno.
bool read_names(int directory, Dots dots, std::vector<std::string>& names);

}  // namespace farcall::shim::directories
