// The values of socket options, from one system's shape into the other's. Pure functions on bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "farcall/result.h"
#include "personality/sockopt_table.h"

namespace farcall::personality {

using OptionBytes = std::vector<std::byte>;

/// No option that is translated is longer; longer values are refused before memory is taken for
/// them.
inline constexpr std::size_t kLargestOption = 1024;

/// What setsockopt hands to the kernel. Linux errno: EINVAL for a value that is too short or too
/// long, EDOM for a time that is none, ENOPROTOOPT for what cannot be had. For `hint` and for
/// accepted `only_off` and `bind_device`: empty.
Result<OptionBytes> option_to_netbsd(const OptionRow& row, std::span<const std::byte> value);

/// What getsockopt hands to the program, before it is cut to the program's size.
OptionBytes option_to_linux(const OptionRow& row, std::span<const std::byte> value);

/// Cuts a result to `room` bytes as Linux does; an integer option of IPPROTO_IP shrinks to one
/// byte.
OptionBytes cut_option(const OptionRow& row, OptionBytes value, std::size_t room);

}  // namespace farcall::personality
