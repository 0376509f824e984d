// NetBSD's stat as Linux's: file types and permissions have the same bits, the members other
// places.
#pragma once

#include "personality/netbsd.h"

#include <sys/stat.h>

namespace farcall::personality {

struct stat stat_to_linux(const netbsd::stat& from);

}  // namespace farcall::personality
