// What a server's banner (sysproxy.h) says of its version.
#pragma once

#include <string_view>

#include "farcall/sysproxy.h"

namespace farcall::sysproxy {

inline constexpr std::string_view kVersion = "0.4";

/// The version of sysproxy that whoever said `banner` speaks, kVersion or another: digits and dots,
/// at most 16 of them. Empty when that is no rump kernel server.
constexpr std::string_view banner_version(std::string_view banner) {
  constexpr std::string_view kName = "RUMPSP-";
  if (!banner.starts_with(kName)) return {};
  banner.remove_prefix(kName.size());
  const std::size_t end = banner.find_first_not_of("0123456789.");
  const bool is_version = end != std::string_view::npos && end <= 16 && banner[end] == '-';
  return is_version ? banner.substr(0, end) : std::string_view();
}
static_assert(banner_version(kBannerPrefix) == kVersion);

}  // namespace farcall::sysproxy
