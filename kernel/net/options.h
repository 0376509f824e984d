// getsockopt and setsockopt of the internet families: one table (options.cc).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "farcall/result.h"

namespace farcall::kernel {

class InetSocket;

/// NB_ENOPROTOOPT for an option that this kind of socket does not have, NB_EINVAL for a value of a
/// wrong size or range.
Result<void> option_set(InetSocket& socket, int level, int name, std::span<const std::byte> value);
Result<std::vector<std::byte>> option_get(InetSocket& socket, int level, int name);

}  // namespace farcall::kernel
