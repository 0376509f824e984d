// farcall syscalls: the system calls that a kernel may have, and which of them the built-in one
// has.
#include <fmt/core.h>

#include <memory>

#include "cli/command.h"
#include "netbsd/syscalls.h"

namespace farcall::cli {
namespace {

std::string_view name_of(Support support) {
  switch (support) {
    case Support::none:
      return "none";
    case Support::partial:
      return "partial";
    case Support::full:
      return "full";
  }
  return "";
}

const char* name_of(Sleeps sleeps) {
  switch (sleeps) {
    case Sleeps::never:
      return "no";
    case Sleeps::briefly:
      return "yes";
    case Sleeps::interruptible:
      return "long";
  }
  return "";
}

int print_table(bool all) {
  fmt::print("{:>6}  {:24} {:8} {:9} {}\n", "number", "name", "support", "sleeps", "note");
  for (const auto& call : kSyscalls) {
    if (!all && call.support == Support::none) continue;
    fmt::print("{:>6}  {:24} {:8} {:9} {}\n", call.number, call.name, name_of(call.support),
               name_of(call.sleeps), call.note);
  }
  return 0;
}

}  // namespace

Command add_syscalls(CLI::App& app) {
  auto all = std::make_shared<bool>(false);
  auto* command =
      app.add_subcommand("syscalls", "Print the NetBSD system calls that the built-in kernel has");
  command->add_flag("--all", *all, "those that it has not as well");
  return [all] { return print_table(*all); };
}

}  // namespace farcall::cli
