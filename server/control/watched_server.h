// A server as the library of the control plane sees it, which shares no code with the program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "farcall/result.h"
#include "server/reports.h"

namespace farcall {
struct InterfaceInfo;  // whose header cannot be included together with Boost.Asio's
}

namespace farcall::server {

/// What a server does not know about its program.
struct ProgramFacts {
  std::string version;
  /// As --kernel names it.
  std::string kernel;
};

/// Any thread may call. Nothing is thrown: program and library have a C++ runtime each.
class WatchedServer {
 public:
  virtual ~WatchedServer() = default;
  WatchedServer(const WatchedServer&) = delete;
  WatchedServer& operator=(const WatchedServer&) = delete;

  [[nodiscard]] virtual ProgramFacts facts() const noexcept = 0;
  [[nodiscard]] virtual ServerReport report() const noexcept = 0;
  [[nodiscard]] virtual std::vector<ClientReport> clients() const noexcept = 0;
  /// As kernel_interfaces() of server/kernel_network.h.
  [[nodiscard]] virtual Result<std::vector<InterfaceInfo>> interfaces() const noexcept = 0;
  /// False: there is no such client.
  virtual bool disconnect(SessionId id) noexcept = 0;
  /// Begins to stop.
  virtual void halt() noexcept = 0;
  [[nodiscard]] virtual std::string log_level() const noexcept = 0;
  /// False: there is no such level.
  virtual bool set_log_level(const std::string& name) noexcept = 0;
  /// A line of level debug.
  virtual void log(const std::string& line) noexcept = 0;

 protected:
  WatchedServer() = default;
};

}  // namespace farcall::server
