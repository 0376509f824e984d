// The kernel's interfaces as the control plane tells of them.
#pragma once

#include <vector>

#include "farcall/result.h"
#include "proto/control.pb.h"
#include "rump/rumpuser.h"

namespace farcall::server {

/// As kernel_interfaces() of server/kernel_network.h, whose errors it has.
Result<std::vector<control::v1::Interface>> interface_messages(const rumpuser_hyperup& up);

}  // namespace farcall::server
