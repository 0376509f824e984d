// /sys/class/net as a function of the kernel's interfaces. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "personality/interface_list.h"

namespace farcall::personality {

/// `rest` is the path below /sys/class/net: "", "lo0", "lo0/mtu", "lo0/statistics/rx_bytes". 0,
/// -ENOENT or -EISDIR.
Sysret sys_class_net_file(const InterfaceList& list, std::string_view rest, std::string& contents);
/// 0, -ENOENT or -ENOTDIR.
Sysret sys_class_net_directory(const InterfaceList& list, std::string_view rest,
                               std::vector<std::string>& names);

}  // namespace farcall::personality
