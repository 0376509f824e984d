// Asking the kernel's sysctl(7) tree.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "personality/personality.h"

namespace farcall::personality {

using SysctlName = std::vector<int>;

/// Reads a value of any size up to 16 MiB; grows with what the kernel has to tell. 0 or a negative
/// Linux errno.
Sysret sysctl_read(const SysctlName& name, std::vector<std::byte>& value);

/// Sets a value. 0 or a negative Linux errno.
Sysret sysctl_write(const SysctlName& name, const void* value, std::size_t size);

/// The number of the node called `leaf` under `parent`, for nodes whose numbers NetBSD gives out
/// while it starts. -ENOENT when there is none.
Sysret sysctl_child(const SysctlName& parent, std::string_view leaf);

}  // namespace farcall::personality
