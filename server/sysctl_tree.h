// The settings of a kernel, as sysctl(7) of NetBSD has them: a tree whose nodes have numbers and,
// most of them for as long as the kernel runs, names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/kernel_calls.h"

namespace farcall::server {

class SysctlTree {
 public:
  /// The numbers from the root to a node.
  using Path = std::vector<int>;
  struct Node {
    Path path;
    unsigned type = 0;  ///< NB_CTLTYPE_STRING …
  };

  /// `kernel`: a handle of dlopen. False: the kernel takes no calls of its host.
  bool load(void* kernel) { return call_.load(kernel); }

  /// The node `name` directly below `parent`.
  [[nodiscard]] std::optional<Node> child(const Path& parent, std::string_view name) const;
  /// By its whole name, "net.inet.ip.forwarding".
  [[nodiscard]] std::optional<Node> find(std::string_view name) const;

  /// A NetBSD errno.
  [[nodiscard]] int set(const Path& path, int value) const;
  [[nodiscard]] int set(const Path& path, const std::string& value) const;

 private:
  int sysctl(const Path& path, void* old, std::size_t* old_size, const void* value,
             std::size_t size) const;

  KernelCalls call_;
};

}  // namespace farcall::server
