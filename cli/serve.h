// Hosts a kernel: what `farcall serve` and `rump_server` both do, each with its own options.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/kernel_host.h"
#include "server/server.h"

namespace farcall::cli {

struct ServeOptions {
  server::KernelChoice kernel;
  bool list_components = false;         ///< only that
  std::vector<std::string> urls;        ///< empty: the user's default
  std::string control;                  ///< empty: beside each socket; "none"
  std::vector<std::string> interfaces;  ///< as --if takes them
  std::vector<std::string> bridges;     ///< as --bridge takes them
  std::vector<std::string> drives;      ///< as -d takes them
  std::vector<std::string> mounts;      ///< as --mount takes them
  std::vector<std::string> modules;     ///< paths of kernel modules
  std::vector<std::string> sysctls;     ///< as --sysctl takes them
  bool foreground = false;
  std::string log_level = "info";
  std::string log_file;  ///< empty: standard error
  int ready_fd = -1;     ///< receives the URLs, a line each, when the server is ready; -1: none
  /// Parameters of the kernel, as rumpuser_getparam names them.
  std::vector<std::pair<std::string, std::string>> params;
  server::ServerOptions server;
};

/// Serves until told to stop. In the background, unless `options.foreground`: then the caller's
/// process ends in here as soon as the server is ready, or has failed. The status to end with;
/// errors are one line on standard error.
int serve(ServeOptions options);

}  // namespace farcall::cli
