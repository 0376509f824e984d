// libfarcall-control.so: all that knows gRPC, at either end of a control connection. Programs load
// it when they need it, since it brings more than fifty shared objects.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "server/complaint.h"
#include "server/control/watched_server.h"

namespace farcall::server {

/// One life of a gRPC server that is given its connections. One thread uses it. While it exists,
/// gRPC's threads do, two of which wake every second; afterwards they are gone. Its end lets calls
/// under way go on for a second, then ends them.
class ControlRuntime {
 public:
  virtual ~ControlRuntime() = default;
  ControlRuntime(const ControlRuntime&) = delete;
  ControlRuntime& operator=(const ControlRuntime&) = delete;

  /// Serves `fd`, a connected non-blocking socket, and closes it in the end. False: the host has no
  /// descriptor left; it is closed.
  [[nodiscard]] virtual bool add_connection(int fd) = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  /// Sleeps until a connection has ended, `wake_fd` is readable, or the time is over (-1 ms:
  /// never). False: it is over.
  virtual bool wait(int wake_fd, std::chrono::milliseconds time) = 0;

 protected:
  ControlRuntime() = default;
};

/// What a command asks of a server.
struct ControlQuestion {
  enum class Kind { clients, status, interfaces, disconnect, log_level, halt };

  Kind kind;
  bool json = false;     ///< of those that show something
  SessionId client = 0;  ///< to disconnect
  std::string level{};   ///< to log from now on
};

struct ControlAnswer {
  std::string text{};                     ///< to print, with its newlines
  std::chrono::milliseconds stop_time{};  ///< that the server gives its calls, when told to halt
};

using RuntimeOutcome = std::variant<std::unique_ptr<ControlRuntime>, Complaint>;
using AnswerOutcome = std::variant<ControlAnswer, Complaint>;

/// What the library exports, under names without C++. The number in these changes whenever
/// something in this header does, or in what it includes: a server may outlive its installation.
using StartControl = void(WatchedServer& server, RuntimeOutcome& outcome);
using AskControl = void(int fd, const std::string& url, const ControlQuestion& question,
                        AnswerOutcome& outcome);
inline constexpr const char* kControlLibrary = "libfarcall-control.so";
inline constexpr const char* kStartControl = "farcall_control_start_1";
inline constexpr const char* kAskControl = "farcall_control_ask_1";

/// Loads the library at the first call, some 10 ms, and starts gRPC, which answers for `server`.
RuntimeOutcome load_and_start_control(WatchedServer& server);

/// Loads the library at the first call, and asks over `fd`, a connected non-blocking socket to
/// `url`, which it closes. Waits ten seconds for the answer.
AnswerOutcome load_and_ask_control(int fd, const std::string& url, const ControlQuestion& question);

}  // namespace farcall::server
