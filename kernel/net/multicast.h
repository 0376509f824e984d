// The multicast options whose values are structures: who joined what, and where datagrams leave.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "farcall/result.h"

namespace farcall::kernel {

class InetSocket;
using OptionValue = std::vector<std::byte>;

Result<void> multicast_add_v4(InetSocket& socket, std::span<const std::byte> value);
Result<void> multicast_drop_v4(InetSocket& socket, std::span<const std::byte> value);
Result<void> multicast_set_interface_v4(InetSocket& socket, std::span<const std::byte> value);
Result<OptionValue> multicast_get_interface_v4(InetSocket& socket);
Result<void> multicast_join_v6(InetSocket& socket, std::span<const std::byte> value);
Result<void> multicast_leave_v6(InetSocket& socket, std::span<const std::byte> value);
Result<void> multicast_set_interface_v6(InetSocket& socket, std::span<const std::byte> value);
Result<OptionValue> multicast_get_interface_v6(InetSocket& socket);

}  // namespace farcall::kernel
