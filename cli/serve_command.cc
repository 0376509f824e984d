// farcall serve: the command line.
#include <memory>

#include "cli/command.h"
#include "cli/serve.h"

namespace farcall::cli {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 40;
constexpr std::size_t kMostOnTheWire = std::size_t{1} << 31;  // clients are told in 32 bits

/// As CLI11 wants it: empty when it is right.
std::string is_user_number(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && !text.empty() && text.size() <= 10) return {};
  return "'" + text + "' is no user number, as id -u prints it";
}

void add_limits(CLI::App& command, server::Limits& limits) {
  const auto add_number = [&](const char* name, std::size_t& value, std::size_t least,
                              const char* help, std::size_t most = kMost) {
    command.add_option(name, value, help)
        ->capture_default_str()
        ->check(CLI::Range(least, most))
        ->type_name("N")
        ->group("Limits");
  };
  const auto add_time = [&](const char* name, std::chrono::milliseconds& value, const char* help) {
    command
        .add_option_function<unsigned>(
            name, [&value](unsigned given) { value = std::chrono::milliseconds(given); }, help)
        ->default_str(std::to_string(value.count()))
        ->type_name("MS")
        ->group("Limits");
  };
  add_number("--max-clients", limits.max_clients, 1, "clients at a time");
  add_number("--max-calls", limits.max_calls, 1, "calls of one client under way");
  add_number("--max-frame", limits.max_frame, 4096, "bytes of one frame from a client");
  add_number("--max-held", limits.max_held, 4096, "bytes of one client's requests under way");
  add_number("--max-held-total", limits.max_held_total, 4096,
             "bytes of all clients' requests under way");
  add_number("--max-data", limits.max_data, 0,
             "bytes that cross with a call over a stream, 0: each buffer is asked for",
             kMostOnTheWire);
  add_number("--max-data-held", limits.max_data_held, 0, "such bytes of one client's calls");
  add_number("--max-data-held-total", limits.max_data_held_total, 0,
             "such bytes of all clients' calls");
  add_number("--max-preforks", limits.max_preforks, 1,
             "processes of one client that wait for their children");
  add_number("--max-channels", limits.max_channels, 0,
             "channels of one client, 0: all calls go over its connection", kMostOnTheWire);
  add_number("--max-channels-total", limits.max_channels_total, 0, "channels of all clients");
  add_number("--max-buffers", limits.max_buffers, 0,
             "bytes that one client shares for buffers, 0: none are shared");
  add_number("--max-buffers-total", limits.max_buffers_total, 0,
             "bytes that all clients share for buffers");
  add_time("--handshake-time", limits.handshake_time, "for a new client to say who it is");
  add_time("--prefork-time", limits.prefork_time, "for a child to come after its parent's fork");
  add_time("--orphan-prefork-time", limits.orphan_prefork_time,
           "for a child to come after its parent's end");
  add_time("--stop-time", limits.stop_time, "for calls to end after SIGTERM");
}

void add_kernel(CLI::App& command, ServeOptions& options) {
  auto& choice = options.kernel;
  choice.optional_components = server::usual_components();
  command
      .add_option("--kernel", choice.name,
                  "which kernel: builtin, or netbsd, NetBSD's component libraries (in "
                  "$RUMP_PREFIX/lib, else where libraries are)")
      ->capture_default_str()
      ->type_name("NAME");
  const auto add_list = [&](const char* name, std::vector<std::string>& values, const char* help) {
    command.add_option(name, values, help)
        ->type_name("SPEC")
        ->allow_extra_args(false)
        ->group("NetBSD's kernel");
  };
  add_list("--component,-l", choice.components,
           "a component to load beside the usual ones, and what it needs; may be given several "
           "times");
  command
      .add_flag("--list-components", options.list_components,
                "print the names of the components that are installed, and end")
      ->group("NetBSD's kernel");
  add_list(
      "--bridge", options.bridges,
      "bridge0, bridge1 ... between interfaces of --if: INTERFACE,INTERFACE[,INTERFACE]...; may "
      "be given several times");
  add_list("--drive,-d", options.drives,
           "a file or device of the host under a name in the kernel: key=PATH,hostpath=PATH,"
           "size=host|N[k|m|g][,offset=N][,type=blk|chr|reg]; may be given several times");
  add_list("--module,-m", options.modules,
           "the file of a kernel module to load at the start, after the drives are there; may be "
           "given several times");
  add_list(
      "--mount", options.mounts,
      "a file system to mount at the start: TYPE,DEVICE,DIRECTORY[,ro], where DEVICE is the "
      "PATH of a drive; TYPE is ext2fs, ffs, cd9660, msdos or tmpfs; may be given several times");
}

}  // namespace

Command add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  auto users = std::make_shared<std::vector<uid_t>>();
  auto* command = app.add_subcommand("serve", "Host a kernel for programs to use");
  add_kernel(*command, *options);
  command
      ->add_option("--listen", options->urls,
                   "where to listen: unix://PATH, tcp://A.B.C.D:PORT, tcp6://[ADDRESS]:PORT; may "
                   "be given several times (default: this user's own socket)")
      ->type_name("URL")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--if", options->interfaces,
          "an interface: virt0, virt1 ... on a tap device of the host (tap:NAME), shmif0 ... on "
          "a bus in a file (shmif:PATH), or virtN in a network behind the host's (nat), then "
          "[,ADDRESS/PREFIX]...[,gw=ADDRESS]...[,dhcp][,auto6], and for nat [,forward=...] and "
          "others; may be given several times")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  command
      ->add_option("--sysctl", options->sysctls,
                   "what to set at the start: NAME=VALUE, such as net.inet.ip.forwarding=1; "
                   "may be given several times")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--control", options->control,
          "where to listen for farcall ps, status and halt: unix://PATH, or none (default: "
          "PATH.control beside each unix socket)")
      ->type_name("URL");
  command->add_flag("--foreground,-f", options->foreground,
                    "stay, instead of returning when the server is ready");
  command->add_flag("--insecure", options->server.insecure,
                    "allow tcp, which nothing encrypts and where anybody may connect");
  command
      ->add_option("--allow-user", *users,
                   "a user number that may connect over unix://, beside your own and root")
      ->check(is_user_number)
      ->type_name("UID")
      ->allow_extra_args(false);
  command->add_option("--log-level", options->log_level, "the least that is logged")
      ->capture_default_str()
      ->check(kLogLevels);
  command->add_option("--log-file", options->log_file, "log to this file, not to standard error")
      ->type_name("PATH");
  command
      ->add_option("--ready-fd", options->ready_fd,
                   "write the URLs, one a line, to this descriptor when ready, and close it")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  add_limits(*command, options->server.limits);
  return [options, users] {
    options->server.allowed_users.insert(users->begin(), users->end());
    return serve(*options);
  };
}

}  // namespace farcall::cli
