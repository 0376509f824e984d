#include "cli/serve.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <variant>

#include "cli/command.h"
#include "cli/default_url.h"
#include "farcall/hypercall.h"
#include "farcall/url.h"
#include "server/interface_spec.h"
#include "server/kernel_host.h"
#include "server/sysproxy_ops.h"

namespace farcall::cli {
namespace {

using server::Complaint;
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
  return std::nullopt;
}

Outcome parse_interfaces(const ServeOptions& options, std::vector<InterfaceSpec>& specs) {
  for (const auto& text : options.interfaces) {
    auto spec = server::parse_interface_spec(text);
    if (auto* why = std::get_if<Complaint>(&spec)) return *why;
    specs.push_back(std::get<InterfaceSpec>(std::move(spec)));
  }
  return std::nullopt;
}

Outcome start_log(const ServeOptions& options) {
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

/// Each client is a descriptor.
void raise_descriptor_limit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Outcome start_kernel(const ServeOptions& options, const std::vector<InterfaceSpec>& specs,
                     const KernelHost& host, Server& server) {
  for (const auto& [name, value] : options.params) {
    farcall_hypercall_set_param(name.c_str(), value.c_str());
  }
  farcall_hypercall_set_sysproxy(sysproxy_ops(server));
  if (const int error = host.init()) {
    return Complaint{"the kernel does not start: NetBSD error " + std::to_string(error)};
  }
  server.services().kernel.up = farcall_hypercall_upcalls();
  unsigned unit = 0;
  for (const auto& spec : specs) {
    const auto added = host.add_interface(unit++, spec);
    if (const auto* why = std::get_if<Complaint>(&added)) return *why;
  }
  for (const auto& url : options.urls) {
    if (host.init_server(url) != 0) return Complaint{server.complaint()};
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
  std::vector<InterfaceSpec> specs;
  if (auto why = check_urls(options)) return fail(kUsage, why->text);
  if (auto why = parse_interfaces(options, specs)) return fail(kUsage, why->text);
  auto loaded = KernelHost::load(options.kernel);
  if (auto* why = std::get_if<Complaint>(&loaded)) return fail(kUsage, why->text);
  if (!options.foreground && rumpuser_daemonize_begin() != 0) {
    return fail(kFailed, "the host gives no process for the server");
  }
  if (auto why = start_log(options)) return fail(kFailed, why->text);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();

  Server server({.up = nullptr, .set_sleep_hook = farcall_hypercall_set_sleep_hook},
                options.server);
  server.stop_on_signals();
  if (auto why = start_kernel(options, specs, std::get<KernelHost>(loaded), server)) {
    return fail(kFailed, why->text);
  }
  announce(options.ready_fd, server);
  // From here on a server in the background has no standard error.
  if (!options.foreground) rumpuser_daemonize_done(0);
  for (const auto& url : server.urls()) spdlog::info("listening at {}", url);
  server.run();
  spdlog::shutdown();
  // The kernel's threads still run: nothing of the process may be taken down before they are gone.
  _exit(EXIT_SUCCESS);
}

}  // namespace farcall::cli
