// Where a server is: the URLs of rump_sp(7), shared by those who listen and those who connect.
//
//     unix://PATH          PATH absolute or relative to the working directory
//     tcp://A.B.C.D:PORT   a trailing slash is allowed; for listeners also tcp://*:PORT and
//     tcp://0:PORT tcp6://[ADDRESS]:PORT
//
// Pure functions that take no memory from the heap: a preloaded library uses them.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "farcall/result.h"

namespace farcall {

/// What a message may say of the forms that parse_url takes.
inline constexpr char kUrlForms[] = "unix://PATH, tcp://ADDRESS:PORT or tcp6://[ADDRESS]:PORT";

struct ServerUrl {
  union {
    sockaddr any;
    sockaddr_un local;
    sockaddr_in inet;
    sockaddr_in6 inet6;
  };
  socklen_t length;

  [[nodiscard]] int family() const { return any.sa_family; }
  /// True for the address that stands for all of a machine's own: good to listen on, not to connect
  /// to.
  [[nodiscard]] bool is_wildcard() const {
    if (family() == AF_INET) return inet.sin_addr.s_addr == htonl(INADDR_ANY);
    return family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&inet6.sin6_addr);
  }
};

namespace url_detail {

/// The rest of `text` after `count` characters, which it has. (substr could throw, and would need
/// libstdc++ for that.)
constexpr std::string_view after(std::string_view text, std::size_t count) {
  text.remove_prefix(count);
  return text;
}

/// The port at the end of a URL, in network order. EINVAL: not a number; ERANGE: over 65535.
inline Result<in_port_t> parse_port(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc::result_out_of_range) return Error{ERANGE};
  if (error != std::errc() || end != text.data() + text.size()) return Error{EINVAL};
  return static_cast<in_port_t>(htons(port));
}

/// inet_pton for text that ends without a NUL.
inline bool parse_address(int family, std::string_view text, void* address) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated) return false;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  return inet_pton(family, terminated, address) == 1;
}

inline Result<ServerUrl> parse_unix(std::string_view path) {
  ServerUrl url{};
  if (path.empty() || path.find('\0') != path.npos) return Error{EINVAL};
  if (path.size() >= sizeof url.local.sun_path) return Error{ENAMETOOLONG};
  url.local = {};
  url.local.sun_family = AF_UNIX;
  std::memcpy(url.local.sun_path, path.data(), path.size());
  url.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return url;
}

inline Result<ServerUrl> parse_tcp(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return Error{EINVAL};
  const std::string_view host = std::string_view(text.data(), colon);
  ServerUrl url{};
  url.inet = {};
  url.inet.sin_family = AF_INET;
  url.length = sizeof url.inet;
  const bool wildcard = host == "*" || host == "0";
  if (!wildcard && !parse_address(AF_INET, host, &url.inet.sin_addr)) return Error{EINVAL};
  FARCALL_ASSIGN(url.inet.sin_port, parse_port(after(text, colon + 1)));
  return url;
}

inline Result<ServerUrl> parse_tcp6(std::string_view text) {
  const std::size_t bracket = text.find("]:");
  if (!text.starts_with('[') || bracket == text.npos) return Error{EINVAL};
  ServerUrl url{};
  url.inet6 = {};
  url.inet6.sin6_family = AF_INET6;
  url.length = sizeof url.inet6;
  if (!parse_address(AF_INET6, std::string_view(text.data() + 1, bracket - 1),
                     &url.inet6.sin6_addr)) {
    return Error{EINVAL};
  }
  FARCALL_ASSIGN(url.inet6.sin6_port, parse_port(after(text, bracket + 2)));
  return url;
}

}  // namespace url_detail

/// Reads a URL. EINVAL: none of the forms; ENAMETOOLONG: the path does not fit a socket's name;
/// ERANGE: the port.
inline Result<ServerUrl> parse_url(std::string_view text) {
  constexpr std::string_view unix_scheme = "unix://";
  constexpr std::string_view tcp_scheme = "tcp://";
  constexpr std::string_view tcp6_scheme = "tcp6://";
  if (text.starts_with(unix_scheme))
    return url_detail::parse_unix(url_detail::after(text, unix_scheme.size()));
  if (text.starts_with(tcp_scheme))
    return url_detail::parse_tcp(url_detail::after(text, tcp_scheme.size()));
  if (text.starts_with(tcp6_scheme))
    return url_detail::parse_tcp6(url_detail::after(text, tcp6_scheme.size()));
  return Error{EINVAL};
}

}  // namespace farcall
