// Making a connection: from a URL to a socket on which system calls can be sent.
//
// All of it happens on a socket that nobody else knows yet, before it becomes the process's
// connection, so there are no locks here. May sleep, up to kPatience for each step; signals are
// handled meanwhile and do not end it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "farcall/result.h"
#include "farcall/sysproxy.h"

namespace farcall::client {

inline constexpr std::int64_t kPatience = 10'000'000'000;  // ns

/// A line for people that says why something failed. Writes to the caller's buffer, which may be
/// missing.
class Reason {
 public:
  Reason(char* buffer, std::size_t size) : buffer_(buffer), size_(size) {}
  /// "URL: what", and returns Error{code}.
  Error fail(std::string_view url, const char* what, int code);

 private:
  char* buffer_;
  std::size_t size_;
};

/// A socket that a server has greeted. Its descriptor is one of our own (descriptors.h); the caller
/// closes it.
struct Link {
  int fd = -1;
  bool marked =
      false;  ///< the server is Farcall's: it knows the frame `interrupt` and answers to errors
  std::uint32_t max_channels = 0;  ///< that the server takes from this process
  bool connections = false;        ///< the server hands out further connections
  bool channel_events = false;     ///< a channel may be opened with an eventfd
  std::uint32_t max_data = 0;      ///< bytes that may cross with a call; 0: none do
  std::uint64_t max_buffers = 0;   ///< bytes of an arena; 0: none is taken
  bool borrows = false;            ///< the kernel sends from an arena without a copy
};

/// Connects to a server and reads its banner. Errors: what socket(2) and connect(2) say, EINVAL for
/// the URL, ETIMEDOUT, EPROTO for something that is no such server.
Result<Link> dial(std::string_view url, Reason& reason);

/// Reads the banner on a connected socket, one of our own, which is closed on failure. `url` is for
/// the reason. Errors: ECONNRESET, ETIMEDOUT, EPROTO.
Result<Link> greet(int fd, std::string_view url, Reason& reason);

/// Introduces this program (guest, exec: under its name) or redeems a fork's cookie, and agrees
/// with a Farcall server on what both can do. Until the answer, frames for calls of an earlier
/// program on the same connection are dropped, and its memory is reported as bad. Errors: what the
/// server answers, ECONNRESET, ETIMEDOUT, EPROTO; EPROTONOSUPPORT: it is Farcall of another
/// version.
Result<void> introduce(Link& link, sysproxy::HandshakeKind kind,
                       const sysproxy::ForkHandshake* fork);

/// Tells the server on a fresh connection that a prepared child will not come.
void cancel_fork(const Link& link, const sysproxy::ForkCookie& cookie);

/// The host's errno for an error frame's detail.
int errno_from_wire(std::uint32_t detail);

}  // namespace farcall::client
