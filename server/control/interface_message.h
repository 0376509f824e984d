// The kernel's interfaces, as the control plane tells of them.
#pragma once

#include "farcall/interface_list.h"
#include "proto/control.pb.h"

namespace farcall::server {

control::v1::Interface interface_message(const InterfaceInfo& interface);

}  // namespace farcall::server
