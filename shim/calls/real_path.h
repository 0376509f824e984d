// realpath(3) for paths of the kernel's.
#pragma once

#include <string>

#include "paths.h"

namespace farcall::shim::calls {

/// The program's absolute name of `place`, without symbolic links, `.` and `..`. 0 or -errno, as
/// realpath(3).
long real_path(const Place& place, std::string& resolved);

}  // namespace farcall::shim::calls
