// RUMPHIJACK, read and applied: which sockets and paths of a program are the kernel's.
// rumphijack(3). Pure: nothing here looks at the process or at the system.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace farcall::shim {

/// What rumphijack(3) takes when the variable is unset.
inline constexpr std::string_view kDefaultHijack = "path=/rump,socket=all:nolocal";

/// Which address families of socket(2) are the kernel's: `all` of them or none, but for the
/// exceptions.
class SocketFamilies {
 public:
  void set_all(bool hijacked);
  void set(int family, bool hijacked);
  [[nodiscard]] bool hijacked(int family) const;

 private:
  bool all_ = false;
  std::vector<std::pair<int, bool>> exceptions_;
};

struct HijackSpec {
  SocketFamilies sockets;
  std::string prefix;                 ///< of path=; empty: none
  std::vector<std::string> blankets;  ///< of blanket=

  /// True for a socket(2) that is the kernel's.
  [[nodiscard]] bool is_kernel_socket(int domain) const { return sockets.hijacked(domain); }
  /// True when the kernel's interfaces are what the program should see: it has the kernel's IPv4 or
  /// IPv6.
  [[nodiscard]] bool sees_kernel_network() const;
  /// The kernel's path for an absolute path of the program, or nothing when the path is the host's.
  /// The result points into `path` or is static.
  [[nodiscard]] std::optional<std::string_view> kernel_path(std::string_view path) const;
  /// The same for a path relative to the program's root directory: path= alone.
  [[nodiscard]] std::optional<std::string_view> kernel_path_from_root(std::string_view path) const;
  /// The program's path for an absolute path of the kernel: what kernel_path turns back, where that
  /// is possible at all.
  [[nodiscard]] std::string program_path(std::string_view kernel_path) const;
};

/// Why a specification is refused: one line that says what is wrong and what would be right.
struct SpecError {
  std::string message;
};

/// Reads a specification. An empty one hijacks nothing. `vfs=`, `sysctl=` and `fdoff=` are checked
/// and then without effect: Linux programs make no such calls, and kernel descriptors need no
/// offset here.
std::variant<HijackSpec, SpecError> parse_hijack(std::string_view text);

}  // namespace farcall::shim
