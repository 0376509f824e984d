#include "server/interface_spec.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

namespace farcall::server {
namespace {

constexpr std::string_view kForm =
    "tap:NAME, shmif:PATH or nat, then [,ADDRESS/PREFIX]...[,gw=ADDRESS]...[,dhcp][,auto6]";

constexpr unsigned kGatewayNumber = 2, kKernelNumber = 0x15;  // of IPv6

std::optional<InterfaceSpec::Address> parse_address(std::string_view text) {
  InterfaceSpec::Address address{std::string(text), 0, false};
  in6_addr parsed;
  if (inet_pton(AF_INET, address.text.c_str(), &parsed) == 1) return address;
  address.is_ipv6 = true;
  if (inet_pton(AF_INET6, address.text.c_str(), &parsed) == 1) return address;
  return std::nullopt;
}

std::optional<InterfaceSpec::Address> parse_prefixed(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, address->prefix);
  const int most = address->is_ipv6 ? 128 : 32;
  if (error != std::errc() || stopped != end || address->prefix < 0 || address->prefix > most) {
    return std::nullopt;
  }
  return address;
}

/// Takes what stands before the next comma off `rest`.
std::string_view take_part(std::string_view& rest) {
  const auto comma = rest.find(',');
  const auto part = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return part;
}

bool take_kind(std::string_view& rest, std::string_view kind) {
  if (!rest.starts_with(kind)) return false;
  rest.remove_prefix(kind.size());
  return true;
}

bool take_setting(std::string_view part, InterfaceSpec& spec) {
  if (spec.nat && take_nat_setting(part, *spec.nat)) return true;
  constexpr std::string_view kGateway = "gw=";
  if (part == "dhcp") return spec.dhcp = true;
  if (part == "auto6") return spec.auto6 = true;
  const bool is_gateway = part.starts_with(kGateway);
  const auto address =
      is_gateway ? parse_address(part.substr(kGateway.size())) : parse_prefixed(part);
  if (address) (is_gateway ? spec.gateways : spec.addresses).push_back(*address);
  return address.has_value();
}

/// What `spec`, with its settings, leaves to us.
std::optional<std::string> complete_nat(InterfaceSpec& spec) {
  NatSpec& nat = *spec.nat;
  const auto has = [](const auto& list, bool is_ipv6) {
    return std::ranges::count(list, is_ipv6, &InterfaceSpec::Address::is_ipv6) != 0;
  };
  const auto given = std::ranges::find(spec.addresses, false, &InterfaceSpec::Address::is_ipv6);
  if (given != spec.addresses.end()) {
    in_addr address;
    inet_pton(AF_INET, given->text.c_str(), &address);
    nat.kernel = ntohl(address.s_addr);
  } else if (!spec.dhcp) {
    spec.addresses.push_back({address_text(nat.first_kernel()), nat.prefix, false});
  }
  if (!spec.dhcp && !has(spec.gateways, false)) {
    spec.gateways.push_back({address_text(nat.gateway()), 0, false});
  }
  if (nat.network6 && !spec.auto6) {
    if (!has(spec.addresses, true)) {
      spec.addresses.push_back({address_text(*nat.network6, kKernelNumber), 64, true});
    }
    if (!has(spec.gateways, true)) {
      spec.gateways.push_back({address_text(*nat.network6, kGatewayNumber), 0, true});
    }
  }
  return contradiction(nat);
}

/// Takes what says which device it is off `rest`. What is wrong with it, if anything.
std::optional<std::string> take_device(std::string_view& rest, InterfaceSpec& spec) {
  if (rest == "nat" || rest.starts_with("nat,")) {
    take_part(rest);
    spec.driver = kVirtif;
    spec.nat.emplace();
    return std::nullopt;
  }
  if (take_kind(rest, "tap:")) {
    spec.driver = kVirtif;
    spec.link = take_part(rest);
    if (spec.link.size() >= IFNAMSIZ) return "the device's name is over 15 bytes long";
    // Linux has no such devices, the hypercalls have other ones.
    if (spec.link.find(':') != std::string::npos) return "a device's name has no colon";
  } else if (take_kind(rest, "shmif:")) {
    spec.driver = kShmif;
    // A server in the background is in another directory.
    std::error_code error;
    spec.link = std::filesystem::absolute(take_part(rest), error).string();
  } else {
    return "it is of no known kind";
  }
  if (spec.link.empty()) return "the device has no name";
  return std::nullopt;
}

}  // namespace

std::variant<InterfaceSpec, Complaint> parse_interface_spec(std::string_view text) {
  InterfaceSpec spec;
  const auto complain = [&](const std::string& why) {
    std::string right = "an interface is " + std::string(kForm);
    if (spec.nat) right += "; nat is " + std::string(kNatForm);
    return Complaint{"interface '" + std::string(text) + "': " + why + "; " + right};
  };
  std::string_view rest = text;
  if (const auto why = take_device(rest, spec)) return complain(*why);
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!take_setting(part, spec)) {
      return complain("'" + std::string(part) + "' is no setting that it has");
    }
  }
  if (!spec.nat) return spec;
  if (const auto why = complete_nat(spec)) return complain(*why);
  return spec;
}

}  // namespace farcall::server
