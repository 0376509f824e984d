// The server: listeners, sessions, and their threads. One thread runs run(); workers and one thread
// for chores beside.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/handing_out.h"
#include "server/listener.h"
#include "server/reports.h"
#include "server/services.h"
#include "server/session.h"

namespace farcall::server {

struct ServerOptions {
  Limits limits{};
  /// Allows listeners on tcp, where nobody's identity is checked.
  bool insecure = false;
  /// Users who may connect over a unix socket, beside the server's own and root.
  std::set<uid_t> allowed_users{};
};

class Server {
 public:
  /// `kernel.up` may also be set later, in services().kernel, before run().
  Server(const KernelInterface& kernel, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Begins to listen for clients of the kernel that is named so; for rumpuser_sp_init, before
  /// run(). A NetBSD errno, and complaint() says more.
  int listen(const std::string& url, const std::string& ostype, const std::string& osrelease,
             const std::string& machine);
  /// Also accepts at `url`, for a service beside the kernel's, of the server's own user and root
  /// alone. `accepted` is called in the Io thread.
  std::optional<Complaint> listen_for_service(const std::string& url, Listener::Accepted accepted);
  /// Why listen failed, as a line for people.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  /// Where clients find the server.
  [[nodiscard]] std::vector<std::string> urls() const;

  /// stop() when SIGTERM or SIGINT comes.
  void stop_on_signals();
  /// Serves until it was stopped, and all clients are gone or have had their time.
  void run();
  /// From any thread: takes no more clients, lets calls end for Limits::stop_time, then ends them.
  void stop();

  /// The kernel ends, within a call of `caller` (nullptr: of nobody): answers that, and removes the
  /// sockets' files.
  void kernel_exits(Session* caller);

  Services& services() { return services_; }

  // ---- for those who watch the server, from any thread

  [[nodiscard]] ServerReport report() const;
  /// In the order in which they came.
  [[nodiscard]] std::vector<ClientReport> client_reports() const;
  /// Ends a client's connection. False: there is no such client.
  bool disconnect(SessionId id);

 private:
  void accepted(int fd, const std::string& peer, Origin origin);
  bool hand_out(const Descriptor& over, const std::string& peer);
  void turn_away(int fd, const std::string& peer) const;
  void stop_listening();
  void readable(SessionId id);
  void session_over(SessionId id);
  [[nodiscard]] std::shared_ptr<Session> find(SessionId id) const;
  void begin_stop();
  void end_if_empty();
  void watch_preforks();
  std::vector<std::shared_ptr<Session>> sessions() const;

  const ServerOptions options_;
  boost::asio::io_context io_{1};
  boost::asio::io_context chores_{1};
  ReadWatch watch_;
  Services services_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::string kernel_release_;
  std::string banner_;
  std::string complaint_;

  // Of the Io thread.
  boost::asio::signal_set signals_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer prefork_timer_;
  bool stopping_ = false;

  mutable std::mutex mutex_;  ///< of what follows; no other lock is taken with it
  std::map<SessionId, std::shared_ptr<Session>> sessions_;
  SessionId last_session_ = 0;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Listener>> service_listeners_;
  Activity past_;  ///< of clients that have gone
};

}  // namespace farcall::server
