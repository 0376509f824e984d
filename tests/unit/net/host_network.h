// The host's side of a wire: a network namespace of the test's own, and the device in it.
#pragma once

#include <cstdint>
#include <string>

namespace farcall::testing {

/// Moves the process, which must have one thread, to a network namespace without anything in it.
/// False where this user may not.
bool enter_own_network();
/// Brings a device of the host up, with an address.
void host_up(const char* device);
void host_add_v4(const char* device, const char* address, const char* mask);
void host_add_v6(const char* device, const char* address, int prefix);

/// A socket of the host, closed with the object.
class HostSocket {
 public:
  HostSocket(int family, int type);
  ~HostSocket();
  HostSocket(const HostSocket&) = delete;
  HostSocket& operator=(const HostSocket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  /// Binds to an ephemeral port of `address` and returns it.
  std::uint16_t bind(const char* address);
  void send_to(const std::string& data, const char* address, std::uint16_t port);
  /// The same, but not being able to is no failure.
  bool try_send_to(const std::string& data, const char* address, std::uint16_t port);
  /// What comes within ten seconds; empty when nothing does.
  std::string receive();

 private:
  int family_;
  int fd_;
};

}  // namespace farcall::testing
