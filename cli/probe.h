// Finds out whether a server answers.
#pragma once

#include <optional>
#include <string>

#include "farcall/url.h"

namespace farcall::cli {

/// Connects and reads the banner, for at most five seconds. The reason in a few words if there is
/// no server, none if there is one.
std::optional<std::string> why_no_server(const ServerUrl& url);

}  // namespace farcall::cli
