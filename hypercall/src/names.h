// Special names of rumpuser_open: the registry behind farcall_hypercall_register_names.
#pragma once

#include <cstdint>
#include <optional>

namespace farcall::hypercall {

struct NameFamily {
  int (*open)(const char* name, int flags);
  int (*getfileinfo)(const char* name, std::uint64_t* size, int* type);
};

/// The family that `name` belongs to, if it is not simply a host path.
std::optional<NameFamily> find_name_family(const char* name);

/// The family "tap:NAME": Ethernet frames of the host's tap device NAME, one with each read and
/// write. A NAME that is special itself is opened instead, and behaves likewise.
int open_tap(const char* name, int flags);

}  // namespace farcall::hypercall
