// The address that this process gave to a label last.
//
// Programs set an address, then its mask and broadcast, under one label such as "eth0:7". The
// kernel has no labels: counted by position (interface_list.h) the new address may be another one
// by then.
#pragma once

#include <cstdint>
#include <string_view>

namespace farcall::personality {

void remember_label(std::string_view label, std::uint32_t address);
/// The address in network order; 0 when this label was not the last.
std::uint32_t remembered_address(std::string_view label);

}  // namespace farcall::personality
