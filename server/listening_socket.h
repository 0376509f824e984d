// Sockets that listen at a URL.
#pragma once

#include <sys/types.h>

#include <string>
#include <variant>

#include "farcall/url.h"
#include "server/complaint.h"

namespace farcall::server {

class ListeningSocket {
 public:
  /// Binds and listens. A unix socket gets mode 0600, in the place of what a dead server left; a
  /// live server's, and what is no socket, stays and is an error.
  static std::variant<ListeningSocket, Complaint> open(const std::string& url);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  /// Closes and removes the socket's file.
  ~ListeningSocket();

  /// Removes the file of a unix socket, unless another has taken its place.
  void remove_file() const;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_local() const { return family_ == AF_UNIX; }
  /// Where clients find it: an absolute path, the port that the host chose for port 0.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  ListeningSocket(int fd, int family) : fd_(fd), family_(family) {}

  std::variant<std::monostate, Complaint> bind_local(const ServerUrl& url);
  std::variant<std::monostate, Complaint> bind_internet(const ServerUrl& url);

  int fd_;
  int family_;
  std::string url_;
  std::string path_;  ///< of the file to remove, empty for none
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace farcall::server
