// The server of a user, for who names no other.
#pragma once

#include <string>
#include <variant>

#include "server/complaint.h"

namespace farcall::cli {

/// unix:// in $XDG_RUNTIME_DIR/farcall, or in /tmp/farcall-UID. The directory must belong to this
/// user alone; it is made if it is missing and `create` says so.
std::variant<std::string, server::Complaint> default_url(bool create);

}  // namespace farcall::cli
