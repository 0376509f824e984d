// Loading a kernel module: rump_server(1)'s -m.
#pragma once

#include <optional>
#include <string>

#include "server/complaint.h"

namespace farcall::server {

/// Has the kernel load and link the object file `path` of the host's. After rump_init and the
/// drives; the calling thread must have no lwp bound.
std::optional<Complaint> load_module(void* kernel, const std::string& path);

}  // namespace farcall::server
