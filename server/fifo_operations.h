// FIFOs of NetBSD's file systems: rumpvfs has a table of operations for them that all fail, and
// rumpvfs_fifofs one that works, of the same name. glibc takes the one that was loaded first, which
// is rumpvfs's, for the other needs it.
#pragma once

#include <vector>

#include "server/weak_symbols.h"

namespace farcall::server {

/// Has rumpvfs use the table of rumpvfs_fifofs, where both are loaded. Before either of them runs.
void prefer_working_fifos(const std::vector<LoadedComponent>& components);

}  // namespace farcall::server
