// The server of a user, for who names no other.
#pragma once

#include <string>
#include <variant>

#include "server/complaint.h"

namespace farcall::cli {

/// unix:// in $XDG_RUNTIME_DIR/farcall, or in /tmp/farcall-UID. The directory must belong to this
/// user alone; it is made if it is missing and `create` says so.
std::variant<std::string, server::Complaint> default_url(bool create);

/// The server to use: `option`'s, if it is not empty; RUMP_SERVER's; the user's own.
std::variant<std::string, server::Complaint> choose_url(const std::string& option);

}  // namespace farcall::cli
