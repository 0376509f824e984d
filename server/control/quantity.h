// Quantities as people read them.
#pragma once

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <string>

namespace farcall::server {

/// "17", "1.5K", "20M": bytes, in powers of 1024.
inline std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  constexpr std::array kUnits = {"", "K", "M", "G", "T", "P", "E"};
  for (; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f}{}", value, value < 9.95 ? 1 : 0, kUnits[unit]);
}

/// "12s", "3m05s", "2h07m", "5d03h".
inline std::string duration_text(double seconds) {
  const auto total = static_cast<std::uint64_t>(seconds);
  if (total < 60) return fmt::format("{}s", total);
  if (total < 3600) return fmt::format("{}m{:02}s", total / 60, total % 60);
  if (total < 86400) return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
  return fmt::format("{}d{:02}h", total / 86400, total / 3600 % 24);
}

}  // namespace farcall::server
