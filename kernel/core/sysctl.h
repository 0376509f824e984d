// sysctl(7): a registry of nodes by their numeric names.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "farcall/result.h"

namespace farcall::kernel {

/// What one call asks. The handler puts the old value into `old_value`; the caller deals with its
/// size.
struct SysctlRequest {
  std::span<const int> rest;             ///< of the name, behind what the node was registered with
  std::vector<std::byte> old_value;      ///< set by the handler
  std::span<const std::byte> new_value;  ///< empty: nothing to set
};

/// NetBSD errno: NB_EOPNOTSUPP or NB_ENOENT for a name that does not exist, NB_EPERM for one that
/// cannot be set.
using SysctlHandler = Result<void> (*)(SysctlRequest& request);

/// A handler for every name that begins with `prefix`; the longest prefix wins. Called while the
/// kernel starts.
void sysctl_register(std::span<const int> prefix, SysctlHandler handler);

/// What a node holds, as CTLTYPE_* in sysctl(9).
enum class SysctlType { node = 1, integer = 2, string = 3, quad = 4, structure = 5 };

/// Names a node, so that sysctlnametomib(3), which asks with CTL_QUERY, finds it. `name` must stay.
void sysctl_describe(std::span<const int> path, const char* name, SysctlType type);

/// Runs one request on the node that `path` names, CTL_QUERY included. Errors as SysctlHandler.
Result<void> sysctl_run(std::span<const int> path, SysctlRequest& request);

/// Registers kern.* and hw.*; from rump_init.
void sysctl_init();

/// Adds an int, a string or a structure to request.old_value.
void sysctl_put(SysctlRequest& request, const void* value, std::size_t size);

}  // namespace farcall::kernel
