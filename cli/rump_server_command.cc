// rump_server(1)'s command line, as far as it means something to the built-in kernel.
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/serve.h"

namespace farcall::cli {

int rump_server_main(int argc, char** argv) {
  ServeOptions options;
  std::string cpus;
  std::string memory;
  std::string url;
  std::vector<std::string> unsupported;
  bool verbose = false;

  CLI::App app("Hosts a kernel at a URL: farcall serve with the options of rump_server(1).",
               "rump_server");
  app.add_flag("-s", options.foreground, "stay in the foreground");
  app.add_option("-c", cpus, "number of virtual CPUs")
      ->check(CLI::PositiveNumber)
      ->type_name("NCPU");
  app.add_option("-r", memory, "memory that the kernel may take, for instance 64M")
      ->type_name("TOTALMEM");
  app.add_flag("-v", verbose, "log more");
  for (const char* option : {"-d", "-l", "-m"}) {
    app.add_option(option, unsupported, "needs a NetBSD kernel; refused")->type_name("SPEC");
  }
  app.add_flag("--insecure", options.server.insecure,
               "allow tcp, which nothing encrypts and where anybody may connect");
  app.add_option("url", url, "unix://PATH, tcp://A.B.C.D:PORT or tcp6://[ADDRESS]:PORT")
      ->required();
  if (const int status = parse(app, argc, argv); status != -1) return status;
  if (!unsupported.empty()) {
    return fail(kUsage,
                "-d, -l and -m are for NetBSD's component libraries, which the built-in kernel "
                "does not take; leave them out");
  }
  if (!cpus.empty()) options.params.emplace_back("RUMP_NCPU", cpus);
  if (!memory.empty()) options.params.emplace_back("RUMP_MEMLIMIT", memory);
  if (verbose) options.params.emplace_back("RUMP_VERBOSE", "1");
  if (verbose) options.log_level = "debug";
  options.urls.push_back(url);
  return serve(std::move(options));
}

}  // namespace farcall::cli
