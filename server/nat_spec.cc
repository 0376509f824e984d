#include "server/nat_spec.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <system_error>

namespace farcall::server {
namespace {

constexpr int kLeastPrefix = 8, kMostPrefix = 27;  // the kernel's usual address is the 15th

template <class Number>
bool parse_number(std::string_view digits, Number& number) {
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number);
  return error == std::errc() && stopped == end;
}

bool parse_address(std::string_view text, std::uint32_t& address) {
  in_addr parsed;
  if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return false;
  address = ntohl(parsed.s_addr);
  return true;
}

std::uint32_t mask_of(int prefix) { return ~std::uint32_t{0} << (32 - prefix); }

bool take_network(std::string_view text, NatSpec& spec) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && parse_address(text.substr(0, slash), spec.network) &&
         parse_number(text.substr(slash + 1), spec.prefix) && spec.prefix >= kLeastPrefix &&
         spec.prefix <= kMostPrefix && (spec.network & ~mask_of(spec.prefix)) == 0;
}

bool take_network6(std::string_view text, NatSpec& spec) {
  constexpr std::string_view kSize = "/64";
  if (!text.ends_with(kSize)) return false;
  text.remove_suffix(kSize.size());
  in6_addr parsed;
  if (inet_pton(AF_INET6, std::string(text).c_str(), &parsed) != 1) return false;
  for (std::size_t i = 8; i < sizeof parsed.s6_addr; ++i) {
    if (parsed.s6_addr[i] != 0) return false;
  }
  spec.network6 = parsed;
  return true;
}

/// [[ADDRESS]:]PORT. Without an address `address` stays.
bool take_end(std::string_view text, std::uint32_t& address, std::uint16_t& port) {
  const auto colon = text.find(':');
  const bool has_address = colon != std::string_view::npos && colon != 0;
  if (has_address && !parse_address(text.substr(0, colon), address)) return false;
  return parse_number(text.substr(colon + 1), port) && port != 0;
}

bool take_forward(std::string_view text, NatSpec& spec) {
  NatSpec::Forward forward = {text.starts_with("udp:"), INADDR_LOOPBACK, 0, 0, 0};
  if (!forward.is_udp && !text.starts_with("tcp:")) return false;
  text.remove_prefix(std::strlen("tcp:"));
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  if (!take_end(text.substr(0, dash), forward.host, forward.host_port)) return false;
  if (!take_end(text.substr(dash + 1), forward.kernel, forward.kernel_port)) return false;
  spec.forwards.push_back(forward);
  return true;
}

}  // namespace

bool take_nat_setting(std::string_view setting, NatSpec& spec) {
  if (setting == "host-loopback") return spec.host_loopback = true;
  if (setting == "restrict") return spec.restricted = true;
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos) return false;
  const auto name = setting.substr(0, equals), value = setting.substr(equals + 1);
  if (name == "net") return take_network(value, spec);
  if (name == "net6") return take_network6(value, spec);
  if (name == "host") return parse_address(value, spec.host);
  return name == "forward" && take_forward(value, spec);
}

std::optional<std::string> contradiction(const NatSpec& spec) {
  const auto is_inside = [&](std::uint32_t address) {
    const std::uint32_t number = address & ~mask_of(spec.prefix);
    return (address & mask_of(spec.prefix)) == spec.network && number != 0 &&
           number != ~mask_of(spec.prefix);
  };
  const auto outside = [&](std::uint32_t address) {
    return address_text(address) + " is no address in its network " + address_text(spec.network) +
           "/" + std::to_string(spec.prefix);
  };
  const std::uint32_t gateway = spec.gateway(), kernel = spec.first_kernel();
  if (!is_inside(gateway)) return outside(gateway);
  if (!is_inside(kernel)) return outside(kernel);
  for (const std::uint32_t taken : {gateway, kernel}) {
    if (taken == spec.name_server()) return address_text(taken) + " is the name server's";
  }
  if (gateway == kernel) return address_text(kernel) + " is the gateway's";
  for (const auto& forward : spec.forwards) {
    if (forward.kernel != 0 && !is_inside(forward.kernel)) return outside(forward.kernel);
    if (forward.is_udp && forward.host >> 24 == IN_LOOPBACKNET && !spec.host_loopback) {
      return "answers from a udp port go back to 127.0.0.1 only with host-loopback";
    }
  }
  return std::nullopt;
}

std::string address_text(std::uint32_t address) {
  const in_addr in_order = {htonl(address)};
  std::array<char, INET_ADDRSTRLEN> text;
  return inet_ntop(AF_INET, &in_order, text.data(), text.size());
}

std::string address_text(const in6_addr& network, unsigned number) {
  in6_addr address = network;
  address.s6_addr[14] = static_cast<std::uint8_t>(number >> 8);
  address.s6_addr[15] = static_cast<std::uint8_t>(number);
  std::array<char, INET6_ADDRSTRLEN> text;
  return inet_ntop(AF_INET6, &address, text.data(), text.size());
}

}  // namespace farcall::server
