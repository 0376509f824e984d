// Loads a kernel into this process and starts it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "server/complaint.h"
#include "server/interface_spec.h"

namespace farcall::server {

class KernelHost {
 public:
  /// Loads the kernel that `name` stands for; "builtin" is the only one. It stays loaded for good.
  static std::variant<KernelHost, Complaint> load(const std::string& name);

  /// Starts the kernel. After this farcall_hypercall_upcalls() are there. A NetBSD errno.
  [[nodiscard]] int init() const { return init_(); }
  /// Has the kernel ask for clients at `url` (rumpuser_sp_init). A NetBSD errno.
  [[nodiscard]] int init_server(const std::string& url) const { return init_server_(url.c_str()); }
  /// Makes interface virt<`unit`> as `spec` says. A kernel without networking is a complaint, too.
  [[nodiscard]] std::variant<std::monostate, Complaint> add_interface(
      unsigned unit, const InterfaceSpec& spec) const;

 private:
  KernelHost() = default;

  void* library_ = nullptr;
  int (*init_)() = nullptr;
  int (*init_server_)(const char*) = nullptr;
};

}  // namespace farcall::server
