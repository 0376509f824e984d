// Where the parts of this installation are, found from the running program's place.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace farcall::server {

/// The library `name` in the library directory that stands beside this program's directory, in a
/// build tree as in an installed prefix.
std::optional<std::filesystem::path> find_library(std::string_view name);

}  // namespace farcall::server
