#include "cli/serve.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <variant>

#include "cli/command.h"
#include "cli/default_url.h"
#include "farcall/hypercall.h"
#include "farcall/url.h"
#include "server/component_catalog.h"
#include "server/control/control_plane.h"
#include "server/control/control_url.h"
#include "server/drive_spec.h"
#include "server/interface_spec.h"
#include "server/kernel_host.h"
#include "server/nat/start.h"
#include "server/sysproxy_ops.h"

namespace farcall::cli {
namespace {

using server::Complaint;
using server::ControlPlane;
using server::DriveSpec;
using server::InterfaceSpec;
using server::KernelHost;
using server::Server;
using Outcome = std::optional<Complaint>;

/// What can be found wrong without starting anything.
Outcome check_urls(ServeOptions& options) {
  if (options.urls.empty()) {
    auto url = default_url(true);
    if (auto* why = std::get_if<Complaint>(&url)) return *why;
    options.urls.push_back(std::get<std::string>(url));
  }
  for (const auto& url : options.urls) {
    const auto parsed = parse_url(url);
    if (!parsed) return Complaint{"'" + url + "' is no URL to listen at: " + kUrlForms};
    if (parsed->family() != AF_UNIX && !options.server.insecure) {
      return Complaint{"'" + url + "': over tcp nothing is encrypted and anybody may connect; " +
                       "add --insecure to allow that, or listen at unix://PATH"};
    }
  }
  if (options.control.empty() || options.control == "none") return std::nullopt;
  const auto control = parse_url(options.control);
  if (!control || control->family() != AF_UNIX) {
    return Complaint{"'" + options.control + "' is no URL for control: unix://PATH, or none"};
  }
  return std::nullopt;
}

/// What the kernel shall have of the host's.
struct Devices {
  std::vector<InterfaceSpec> interfaces;
  std::vector<server::BridgeSpec> bridges;
  std::vector<DriveSpec> drives;
  std::vector<server::MountSpec> mounts;
  std::vector<std::string> modules;
  std::vector<server::SysctlSpec> sysctls;
};

template <class Spec>
Outcome parse_all(const std::vector<std::string>& texts,
                  std::variant<Spec, Complaint> (*parse_one)(std::string_view),
                  std::vector<Spec>& specs) {
  for (const auto& text : texts) {
    auto spec = parse_one(text);
    if (auto* why = std::get_if<Complaint>(&spec)) return *why;
    specs.push_back(std::get<Spec>(std::move(spec)));
  }
  return std::nullopt;
}

Outcome parse_devices(const ServeOptions& options, Devices& devices) {
  devices.modules = options.modules;
  if (auto why = parse_all(options.drives, server::parse_drive_spec, devices.drives)) return why;
  if (auto why = parse_all(options.mounts, server::parse_mount_spec, devices.mounts)) return why;
  if (auto why = parse_all(options.sysctls, server::parse_sysctl_spec, devices.sysctls)) return why;
  if (auto why = parse_all(options.bridges, server::parse_bridge_spec, devices.bridges)) return why;
  return parse_all(options.interfaces, server::parse_interface_spec, devices.interfaces);
}

/// NetBSD's kernel has the drivers of devices in components.
void choose_drivers(const Devices& devices, server::KernelChoice& choice) {
  if (choice.name != server::kNetbsd) return;
  const auto need = [&](const char* name) { choice.components.emplace_back(name); };
  if (!devices.interfaces.empty() || !devices.bridges.empty()) need("rumpnet_config");
  for (const auto& interface : devices.interfaces) {
    need(interface.driver == server::kVirtif ? "rumpnet_virtif" : "rumpnet_shmif");
    if (interface.dhcp) need("rumpdev_bpf");
  }
  if (!devices.bridges.empty()) need("rumpnet_bridge");
  if (!devices.drives.empty() || !devices.modules.empty()) need("rumpvfs");
  for (const auto& spec : devices.mounts) choice.components.push_back("rumpfs_" + spec.type);
}

Outcome start_log(const ServeOptions& options) {
  // spdlog would make the directory.
  const auto directory = std::filesystem::path(options.log_file).parent_path();
  std::error_code ignored;
  if (!directory.empty() && !std::filesystem::is_directory(directory, ignored)) {
    return Complaint{"the log cannot be opened: there is no directory " + directory.string()};
  }
  try {
    auto logger = options.log_file.empty() ? spdlog::stderr_color_mt("farcall")
                                           : spdlog::basic_logger_mt("farcall", options.log_file);
    logger->set_level(spdlog::level::from_str(options.log_level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    return std::nullopt;
  } catch (const spdlog::spdlog_ex& error) {
    return Complaint{std::string("the log cannot be opened: ") + error.what()};
  }
}

/// As far as the host allows: each client is a descriptor, and a kernel's panic leaves a core.
void raise_limits() {
  for (const auto resource : {RLIMIT_NOFILE, RLIMIT_CORE}) {
    rlimit limit;
    if (getrlimit(resource, &limit) == -1) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
  }
}

int list_components() {
  const auto found = server::ComponentCatalog::find();
  if (const auto* why = std::get_if<Complaint>(&found)) return fail(kUsage, why->text);
  const auto& catalog = std::get<server::ComponentCatalog>(found);
  for (const auto& name : catalog.names()) fmt::print("{}\n", name);
  return EXIT_SUCCESS;
}

/// Ends the process. The kernel's threads still run: nothing of the process may be taken down
/// before they are gone, so what exit does is left out, also where the kernel ends it.
[[noreturn]] void end(const KernelHost& host) {
  spdlog::shutdown();
  std::atexit([] { _exit(EXIT_SUCCESS); });
  host.halt();
  _exit(EXIT_SUCCESS);
}

/// The kernel finds the device of an interface by its name.
Outcome start_devices_of_ours(std::vector<InterfaceSpec>& interfaces) {
  for (auto& spec : interfaces) {
    if (!spec.nat) continue;
    auto started = server::load_and_start_nat(*spec.nat);
    if (auto* why = std::get_if<Complaint>(&started)) return *why;
    spec.link = std::get<std::string>(started);
  }
  return std::nullopt;
}

Outcome add_devices(const Devices& devices, const KernelHost& host) {
  for (const auto& spec : devices.drives) {
    if (auto why = host.add_drive(spec)) return why;
  }
  if (!devices.modules.empty()) host.load_symbols();
  for (const auto& path : devices.modules) {
    if (auto why = host.load_module(path)) return why;
  }
  for (const auto& spec : devices.mounts) {
    if (auto why = host.mount(spec)) return why;
  }
  for (const auto& spec : devices.sysctls) {
    if (auto why = host.set_sysctl(spec)) return why;
  }
  std::map<std::string, unsigned> units;
  for (const auto& spec : devices.interfaces) {
    if (auto why = host.add_interface(units[spec.driver]++, spec)) return why;
  }
  unsigned bridges = 0;
  for (const auto& spec : devices.bridges) {
    if (auto why = host.add_bridge(bridges++, spec)) return why;
  }
  return std::nullopt;
}

Outcome start_kernel(const ServeOptions& options, Devices& devices, const KernelHost& host,
                     Server& server) {
  for (const auto& [name, value] : options.params) {
    farcall_hypercall_set_param(name.c_str(), value.c_str());
  }
  farcall_hypercall_set_sysproxy(sysproxy_ops(server));
  if (const int error = host.init()) {
    return Complaint{"the kernel does not start: NetBSD error " + std::to_string(error)};
  }
  server.services().kernel.up = farcall_hypercall_upcalls();
  if (auto why = start_devices_of_ours(devices.interfaces)) return why;
  if (auto why = add_devices(devices, host)) return why;
  for (const auto& url : options.urls) {
    if (host.init_server(url) != 0) return Complaint{server.complaint()};
  }
  return std::nullopt;
}

/// A server whose path has no room for the other's beside it is served without.
Outcome start_control(const ServeOptions& options, const Server& server, ControlPlane& control) {
  if (options.control == "none") return std::nullopt;
  if (!options.control.empty()) return control.listen(options.control);
  for (const auto& url : server.urls()) {
    const auto beside = server::control_url_beside(url);
    if (!beside) continue;
    if (auto why = control.listen(*beside)) return why;
  }
  return std::nullopt;
}

void announce(int ready_fd, const Server& server) {
  if (ready_fd == -1) return;
  std::string lines;
  for (const auto& url : server.urls()) lines += url + "\n";
  // Who does not read it need not know.
  [[maybe_unused]] const auto written = write(ready_fd, lines.data(), lines.size());
  close(ready_fd);
}

}  // namespace

int serve(ServeOptions options) {
  if (options.list_components) return list_components();
  Devices devices;
  if (auto why = check_urls(options)) return fail(kUsage, why->text);
  if (auto why = parse_devices(options, devices)) return fail(kUsage, why->text);
  if (options.ready_fd != -1 && fcntl(options.ready_fd, F_GETFD) == -1) {
    return fail(kUsage, fmt::format("--ready-fd: descriptor {} is not open", options.ready_fd));
  }
  choose_drivers(devices, options.kernel);
  // While there is little yet that the two processes would share.
  if (!options.foreground && rumpuser_daemonize_begin() != 0) {
    return fail(kFailed, "the host gives no process for the server");
  }
  auto loaded = KernelHost::load(options.kernel);
  if (auto* why = std::get_if<Complaint>(&loaded)) return fail(kUsage, why->text);
  const auto& host = std::get<KernelHost>(loaded);
  if (auto why = start_log(options)) return fail(kFailed, why->text);
  std::signal(SIGPIPE, SIG_IGN);
  raise_limits();

  Server server({.up = nullptr, .set_sleep_hook = farcall_hypercall_set_sleep_hook},
                options.server);
  server.stop_on_signals();
  if (auto why = start_kernel(options, devices, host, server)) {
    return fail(kFailed, why->text);
  }
  ControlPlane control(server, {.version = FARCALL_VERSION, .kernel = options.kernel.name});
  if (auto why = start_control(options, server, control)) return fail(kFailed, why->text);
  announce(options.ready_fd, server);
  // From here on a server in the background has no standard error.
  if (!options.foreground) rumpuser_daemonize_done(0);
  for (const auto& url : server.urls()) spdlog::info("listening at {}", url);
  // Of use to clients that load modules, and to nobody who waits for the server.
  boost::asio::post(server.services().chores, [&host] { host.load_symbols(); });
  server.run();
  control.stop();
  end(host);
}

}  // namespace farcall::cli
