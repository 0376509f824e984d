// sysctl(7): a registry of nodes by their numeric names.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "farcall/result.h"

namespace farcall::kernel {

/// What one call asks. The handler puts the old value into `old_value`; the caller deals with its size.
struct SysctlRequest {
  std::span<const int> rest;                  ///< of the name, behind what the node was registered with
  std::vector<std::byte> old_value;           ///< set by the handler
  std::span<const std::byte> new_value;       ///< empty: nothing to set
};

/// NetBSD errno: NB_EOPNOTSUPP or NB_ENOENT for a name that does not exist, NB_EPERM for one that cannot be set.
using SysctlHandler = Result<void> (*)(SysctlRequest& request);

/// A handler for every name that begins with `prefix`; the longest prefix wins. Called while the kernel starts.
void sysctl_register(std::span<const int> prefix, SysctlHandler handler);

/// Adds an int, a string or a structure to request.old_value.
void sysctl_put(SysctlRequest& request, const void* value, std::size_t size);

}  // namespace farcall::kernel
