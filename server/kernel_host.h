// Loads a kernel into this process and starts it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "server/bridge_spec.h"
#include "server/complaint.h"
#include "server/drive_spec.h"
#include "server/interface_spec.h"
#include "server/kernel_libraries.h"
#include "server/mount_spec.h"
#include "server/sysctl_spec.h"

namespace farcall::server {

class KernelHost {
 public:
  /// Loads the kernel. It stays loaded for good.
  static std::variant<KernelHost, Complaint> load(const KernelChoice& choice);

  /// Starts the kernel. After this farcall_hypercall_upcalls() are there. It cannot load modules
  /// yet. A NetBSD errno.
  [[nodiscard]] int init() const;
  /// Gives the kernel what it needs to load modules: its symbols, which takes it a millisecond or
  /// more. Any thread, after init; not several at once.
  void load_symbols() const;
  /// Has the kernel ask for clients at `url` (rumpuser_sp_init). A NetBSD errno.
  [[nodiscard]] int init_server(const std::string& url) const { return init_server_(url.c_str()); }
  /// Makes interface number `unit` of its driver as `spec` says.
  [[nodiscard]] std::optional<Complaint> add_interface(unsigned unit,
                                                       const InterfaceSpec& spec) const;
  /// Makes bridge number `unit`, after the interfaces.
  [[nodiscard]] std::optional<Complaint> add_bridge(unsigned unit, const BridgeSpec& spec) const;
  [[nodiscard]] std::optional<Complaint> add_drive(const DriveSpec& spec) const;
  /// After the drives.
  [[nodiscard]] std::optional<Complaint> mount(const MountSpec& spec) const;
  /// Loads a kernel module, an object file of the host's, after load_symbols() and the drives.
  [[nodiscard]] std::optional<Complaint> load_module(const std::string& path) const;
  [[nodiscard]] std::optional<Complaint> set_sysctl(const SysctlSpec& spec) const;
  /// Has the kernel write back what it holds and unmount its file systems, when no client is left.
  /// With a kernel that has such a thing this ends the process, by exit(0).
  void halt() const;

 private:
  KernelHost() = default;
  std::optional<Complaint> take_entry_points(const std::string& library);

  int (*init_)() = nullptr;
  int (*init_server_)(const char*) = nullptr;
};

}  // namespace farcall::server
