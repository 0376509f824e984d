// A kernel's network interfaces as its host configures them.
#pragma once

#include <optional>

#include "server/complaint.h"
#include "server/interface_spec.h"

namespace farcall::server {

/// Makes interface number `unit` of its driver as `spec` says, in the kernel whose symbols
/// `kernel`, a handle of dlopen, finds. The complaint: what the kernel lacks, or which step it
/// refused.
std::optional<Complaint> add_interface(void* kernel, unsigned unit, const InterfaceSpec& spec);

}  // namespace farcall::server
