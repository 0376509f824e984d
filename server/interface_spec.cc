#include "server/interface_spec.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

namespace farcall::server {
namespace {

constexpr std::string_view kForm =
    "tap:NAME or shmif:PATH, then [,ADDRESS/PREFIX]...[,gw=ADDRESS]...[,dhcp][,auto6]";

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
  constexpr std::string_view kGateway = "gw=";
  if (part == "dhcp") return spec.dhcp = true;
  if (part == "auto6") return spec.auto6 = true;
  const bool is_gateway = part.starts_with(kGateway);
  const auto address =
      is_gateway ? parse_address(part.substr(kGateway.size())) : parse_prefixed(part);
  if (address) (is_gateway ? spec.gateways : spec.addresses).push_back(*address);
  return address.has_value();
}

}  // namespace

std::variant<InterfaceSpec, Complaint> parse_interface_spec(std::string_view text) {
  const auto complain = [&](const std::string& why) {
    return Complaint{"interface '" + std::string(text) + "': " + why + "; an interface is " +
                     std::string(kForm)};
  };
  std::string_view rest = text;
  InterfaceSpec spec;
  if (take_kind(rest, "tap:")) {
    spec.driver = kVirtif;
    spec.link = take_part(rest);
    if (spec.link.size() >= IFNAMSIZ) return complain("the device's name is over 15 bytes long");
  } else if (take_kind(rest, "shmif:")) {
    spec.driver = kShmif;
    // A server in the background is in another directory.
    std::error_code error;
    spec.link = std::filesystem::absolute(take_part(rest), error).string();
  } else {
    return complain("it is of no known kind");
  }
  if (spec.link.empty()) return complain("the device has no name");
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!take_setting(part, spec)) return complain("'" + std::string(part) + "' is no address");
  }
  return spec;
}

}  // namespace farcall::server
