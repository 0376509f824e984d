// rump_server(1)'s command line. The kernel is NetBSD's as soon as an option asks for a part of
// one, otherwise the built-in one.
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/serve.h"

namespace farcall::cli {

namespace {

constexpr int kMostCpus = 1024;

/// As CLI11 wants it: empty when it is right.
std::string is_memory_size(const std::string& text) {
  const auto digits = text.find_first_not_of("0123456789");
  const auto suffix = digits == std::string::npos ? std::string() : text.substr(digits);
  const bool unit = suffix.empty() || suffix == "k" || suffix == "m" || suffix == "g";
  if (unit && digits != 0 && text.find_first_not_of('0') < std::min(digits, text.size())) return {};
  return "'" + text +
         "' is no amount of memory: that is a number, perhaps with k, m or g behind it";
}

}  // namespace

int rump_server_main(int argc, char** argv) {
  ServeOptions options;
  unsigned cpus = 0;
  std::string memory;
  std::string url;
  bool verbose = false;

  CLI::App app("Hosts a kernel at a URL: farcall serve with the options of rump_server(1).",
               "rump_server");
  app.add_flag("-s", options.foreground, "stay in the foreground");
  app.add_option("-c", cpus, "number of virtual CPUs")
      ->check(CLI::Range(1, kMostCpus))
      ->type_name("NCPU");
  app.add_option("-r", memory,
                 "memory that the kernel may take, N[k|m|g]; of the built-in one, for data that "
                 "nobody reads")
      ->check(is_memory_size)
      ->type_name("TOTALMEM");
  app.add_flag("-v", verbose, "log more");
  const auto add_list = [&](const char* name, std::vector<std::string>& values, const char* help) {
    app.add_option(name, values, help)->type_name("SPEC")->allow_extra_args(false);
  };
  add_list("-l", options.kernel.components, "a component of NetBSD's to load");
  add_list("-d", options.drives,
           "a drive: key=PATH,hostpath=PATH,size=host|N[k|m|g][,offset=N][,type=blk|chr|reg]");
  add_list("-m", options.modules, "the file of a kernel module to load");
  app.add_flag("--insecure", options.server.insecure,
               "allow tcp, which nothing encrypts and where anybody may connect");
  app.add_option("url", url, "unix://PATH, tcp://A.B.C.D:PORT or tcp6://[ADDRESS]:PORT")
      ->required();
  if (const int status = parse(app, argc, argv); status != -1) return status;
  const bool parts =
      !options.kernel.components.empty() || !options.drives.empty() || !options.modules.empty();
  if (parts) {
    options.kernel.name = server::kNetbsd;
  }
  if (cpus != 0) options.params.emplace_back("RUMP_NCPU", std::to_string(cpus));
  if (!memory.empty()) options.params.emplace_back("RUMP_MEMLIMIT", memory);
  if (verbose) options.params.emplace_back("RUMP_VERBOSE", "1");
  if (verbose) options.log_level = "debug";
  options.urls.push_back(url);
  return serve(std::move(options));
}

}  // namespace farcall::cli
