// What the control plane's library gets to see of a server, and may do to it.
#pragma once

#include "server/control/watched_server.h"
#include "server/server.h"

namespace farcall::server {

class ServerView final : public WatchedServer {
 public:
  /// `server` must outlive it.
  ServerView(Server& server, ProgramFacts facts);

  [[nodiscard]] ProgramFacts facts() const noexcept override { return facts_; }
  [[nodiscard]] ServerReport report() const noexcept override { return server_.report(); }
  [[nodiscard]] std::vector<ClientReport> clients() const noexcept override;
  [[nodiscard]] Result<std::vector<InterfaceInfo>> interfaces() const noexcept override;
  bool disconnect(SessionId id) noexcept override;
  void halt() noexcept override;
  [[nodiscard]] std::string log_level() const noexcept override;
  bool set_log_level(const std::string& name) noexcept override;
  void log(const std::string& line) noexcept override;

 private:
  Server& server_;
  const ProgramFacts facts_;
};

}  // namespace farcall::server
