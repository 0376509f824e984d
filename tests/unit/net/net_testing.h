// What the stack's unit tests share: socket calls as functions, and addresses.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "kernel_testing.h"

namespace farcall::testing {

/// A sockaddr of either family with its length.
struct Address {
  netbsd::sockaddr_storage storage = {};
  unsigned length = 0;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] Address with_port(std::uint16_t port) const;
};
Address v4(const char* text, std::uint16_t port = 0);
Address v6(const char* text, std::uint16_t port = 0);

class NetTest : public KernelTest {
 protected:
  static int open_socket(int domain, int type, int protocol = 0);
  static Outcome bind(int fd, const Address& address);
  static Outcome connect(int fd, const Address& address);
  static Outcome accept(int fd, Address* peer = nullptr);
  static Outcome send(int fd, std::string_view data, int flags = 0);
  static Outcome send_to(int fd, std::string_view data, const Address& to);
  /// Puts what came into `data`.
  static Outcome receive(int fd, std::string& data, std::size_t size, int flags = 0,
                         Address* from = nullptr);
  static Address local_address(int fd);
  static Outcome set_int(int fd, int level, int name, int value);
  static int get_int(int fd, int level, int name);
  static void set_nonblocking(int fd);
  /// The events that hold now.
  static short poll_now(int fd, short events);
  /// Waits, at most ten seconds, until one of the events holds.
  static short poll_wait(int fd, short events);

  /// A listening socket at an ephemeral port of `address`, and where it listens.
  struct Listener {
    int fd;
    Address address;
  };
  static Listener listen_at(const Address& address, int backlog = 5);
  struct Pair {
    int client, server;
  };
  static Pair connect_through(const Listener& listener);
};

}  // namespace farcall::testing
