// Tells the Io thread when sockets that it was asked to read become readable: an epoll set in which
// a socket is armed for one event, itself waited for by Boost.Asio. Registering each socket with
// Asio would wake the Io thread for every frame that a worker reads.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>

#include "farcall/result.h"

namespace farcall::server {

/// add, arm and disarm are safe from any thread, do not sleep, and are ended by the socket's close.
class ReadWatch {
 public:
  /// `readable(id)` is called by `io`. Throws std::system_error when the host gives no epoll set.
  ReadWatch(boost::asio::io_context& io, std::function<void(std::uint64_t)> readable);

  /// Takes in a socket, not armed. Host errno.
  Result<void> add(int fd, std::uint64_t id);
  /// One event shall come as soon as `fd` is readable or its peer is gone.
  void arm(int fd, std::uint64_t id);
  /// It need not come any more; it may be under way already.
  void disarm(int fd, std::uint64_t id);

 private:
  void wait();
  void collect();

  boost::asio::posix::stream_descriptor epoll_;
  const std::function<void(std::uint64_t)> readable_;
};

}  // namespace farcall::server
