#include "server/drive_spec.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>
#include <system_error>

namespace farcall::server {
namespace {

constexpr std::string_view kForm =
    "key=PATH,hostpath=PATH,size=host|N[k|m|g][,offset=N][,type=blk|chr|reg]";

using Fields = std::map<std::string, std::string, std::less<>>;

/// The text's KEY=VALUE fields; nothing when one is none, or stands twice.
std::optional<Fields> split(std::string_view text) {
  constexpr std::string_view kKnown[] = {"key", "hostpath", "size", "offset", "type"};
  Fields fields;
  for (std::size_t at = 0; at <= text.size();) {
    const auto part = text.substr(at, text.find(',', at) - at);
    at += part.size() + 1;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals + 1 == part.size()) return std::nullopt;
    const auto name = part.substr(0, equals);
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown) ||
        !fields.try_emplace(std::string(name), part.substr(equals + 1)).second) {
      return std::nullopt;
    }
  }
  return fields;
}

/// Bytes, as "512", "4k", "10M" or "1g" say.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  if (stopped == end) return number;
  constexpr std::string_view kUnits = "kmg";
  const auto unit = kUnits.find(static_cast<char>(*stopped | 0x20));
  if (stopped + 1 != end || unit == std::string_view::npos) return std::nullopt;
  const unsigned shift = 10 * (static_cast<unsigned>(unit) + 1);
  if (number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return number << shift;
}

std::optional<DriveSpec::Type> parse_type(std::string_view text) {
  if (text == "blk") return DriveSpec::Type::kBlock;
  if (text == "chr") return DriveSpec::Type::kCharacter;
  if (text == "reg") return DriveSpec::Type::kRegular;
  return std::nullopt;
}

/// Why the fields are no drive; empty: they are, and in `drive`.
std::string take(const Fields& fields, DriveSpec& drive) {
  for (const char* needed : {"key", "hostpath", "size"}) {
    if (!fields.contains(needed)) return std::string(needed) + "= is missing";
  }
  drive.key = fields.at("key");
  if (drive.key.front() != '/') return "the key is no absolute path";
  std::error_code error;
  drive.hostpath = std::filesystem::absolute(fields.at("hostpath"), error).string();
  if (const auto& size = fields.at("size"); size != "host") {
    drive.size = parse_bytes(size);
    if (!drive.size) return "'" + size + "' is no size";
  }
  if (const auto found = fields.find("offset"); found != fields.end()) {
    const auto offset = parse_bytes(found->second);
    if (!offset) return "'" + found->second + "' is no offset";
    drive.offset = *offset;
  }
  if (const auto found = fields.find("type"); found != fields.end()) {
    const auto type = parse_type(found->second);
    if (!type) return "'" + found->second + "' is no type";
    drive.type = *type;
  }
  return "";
}

}  // namespace

std::variant<DriveSpec, Complaint> parse_drive_spec(std::string_view text) {
  const auto complain = [&](const std::string& why) {
    return Complaint{"drive '" + std::string(text) + "': " + why + "; a drive is " +
                     std::string(kForm)};
  };
  const auto fields = split(text);
  if (!fields) return complain("it is no list of KEY=VALUE, each key once");
  DriveSpec drive;
  if (const auto why = take(*fields, drive); !why.empty()) return complain(why);
  return drive;
}

}  // namespace farcall::server
