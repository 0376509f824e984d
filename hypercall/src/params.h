// Parameters, for this library's own use.
#pragma once

#include <optional>
#include <string>

namespace farcall::hypercall {

/// What farcall_hypercall_set_param set for `name`, else what the environment says. Safe from any
/// thread.
std::optional<std::string> configured(const std::string& name);

}  // namespace farcall::hypercall
