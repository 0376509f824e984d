// Programs whose privileges would keep this library out: for a file with capabilities or a
// set-user-ID bit ld.so ignores LD_PRELOAD. Started by ld.so's own name the same program runs
// without these privileges, which it needs for the host's network only, and with this library.
//
// A library of its own, since `farcall run` uses it as well; makes raw system calls only.
#pragma once

#include <array>
#include <climits>

namespace farcall::shim::process {

/// Which privileges are given up.
enum class GiveUp {
  network,  ///< capabilities of the network, as ping has them: the kernel's own rules take their
            ///< place
  all,      ///< whatever the file has
};

/// The program interpreter that a dynamically linked program names.
struct LoaderPath {
  std::array<char, PATH_MAX> name{};
  explicit operator bool() const { return name[0] != '\0'; }
};

/// The loader that has to start the file `path`, empty when the file can be executed as it is: it
/// has no privileges but such as stay, or is no dynamically linked program that this user may read.
/// Async-signal-safe.
LoaderPath loader_needed(const char* path, GiveUp give_up);

}  // namespace farcall::shim::process
