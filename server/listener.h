// Accepts clients at one URL.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <set>
#include <string>

#include "server/listening_socket.h"

namespace farcall::server {

/// For the Io thread.
class Listener {
 public:
  /// `accepted(fd, peer)` takes over each connected socket. A unix socket's peer must run as the
  /// server's user, as root, or as one of `allowed_users`.
  using Accepted = std::function<void(int fd, std::string peer)>;
  Listener(boost::asio::io_context& io, ListeningSocket socket,
           const std::set<uid_t>& allowed_users, Accepted accepted);

  void start();
  [[nodiscard]] const std::string& url() const { return socket_.url(); }
  /// From any thread: as ListeningSocket's.
  void remove_file() const { socket_.remove_file(); }

 private:
  void accept_all();
  void pause();
  bool is_allowed(int fd, std::string& peer) const;

  ListeningSocket socket_;
  boost::asio::posix::stream_descriptor readable_;
  boost::asio::steady_timer pause_;
  const std::set<uid_t>& allowed_users_;
  const Accepted accepted_;
};

}  // namespace farcall::server
