// NetBSD's structures come before <net/if.h>, which Boost.Asio includes: it has macros with the
// names of their members.
#include "server/kernel_network.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "server/control/server_view.h"

namespace farcall::server {

ServerView::ServerView(Server& server, ProgramFacts facts)
    : server_(server), facts_(std::move(facts)) {}

std::vector<ClientReport> ServerView::clients() const noexcept { return server_.client_reports(); }

Result<std::vector<InterfaceInfo>> ServerView::interfaces() const noexcept {
  return kernel_interfaces(*server_.services().kernel.up);
}

bool ServerView::disconnect(SessionId id) noexcept {
  if (!server_.disconnect(id)) return false;
  spdlog::info("client {} is disconnected, as the control plane was told", id);
  return true;
}

void ServerView::halt() noexcept {
  spdlog::info("told to halt by the control plane");
  server_.stop();
}

std::string ServerView::log_level() const noexcept {
  const auto name = spdlog::level::to_string_view(spdlog::get_level());
  return {name.data(), name.size()};
}

bool ServerView::set_log_level(const std::string& name) noexcept {
  const auto level = spdlog::level::from_str(name);
  // That is also what it makes of a word that it does not know.
  if (level == spdlog::level::off && name != "off") return false;
  spdlog::set_level(level);
  return true;
}

void ServerView::log(const std::string& line) noexcept { spdlog::debug("{}", line); }

}  // namespace farcall::server
