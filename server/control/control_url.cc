#include "server/control/control_url.h"

#include "farcall/url.h"

namespace farcall::server {

std::optional<std::string> control_url_beside(const std::string& server_url) {
  const auto server = parse_url(server_url);
  if (!server || server->family() != AF_UNIX) return std::nullopt;
  auto url = "unix://" + std::string(server->local.sun_path) + ".control";
  if (!parse_url(url)) return std::nullopt;
  return url;
}

}  // namespace farcall::server
