// Where a server's control plane is.
#pragma once

#include <optional>
#include <string>

namespace farcall::server {

/// The socket beside the one of `server_url`: unix://PATH.control for unix://PATH. None for a URL
/// of another kind, and where that path would be too long for a socket.
std::optional<std::string> control_url_beside(const std::string& server_url);

}  // namespace farcall::server
