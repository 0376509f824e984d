// Linux's names for IPv4 addresses: "eth0" for the first of an interface, "eth0:7" for one that was
// added under that name. Linux keeps them with the addresses. NetBSD has none, so the kernel keeps
// them for us as a string, a node of sysctl(7) that the first who needs it creates; so each program
// sees what another has set. An address that nobody named is counted: "eth0", "eth0:0", "eth0:1".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "personality/interface_list.h"

namespace farcall::personality {

struct Label {
  std::string name;
  std::uint32_t address = 0;  ///< in network order
};
using Labels = std::vector<Label>;

/// One line for each: "eth0:7 10.1.2.3". Lines that are none are left out.
Labels parse_labels(std::string_view text);
std::string format_labels(const Labels& labels);

/// Sets Ip4Address::label of all addresses.
void name_addresses(InterfaceList& list, const Labels& labels);

/// What the kernel keeps; empty when it keeps nothing.
Labels read_labels();
/// From now on the address has this name, and no other address has it. Without effect in a kernel
/// that keeps none and lets none be made.
void keep_label(std::string_view name, std::uint32_t address);
void forget_label(std::uint32_t address);

}  // namespace farcall::personality
