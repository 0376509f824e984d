// A drive: a file or device of the host's under a name in the kernel, rump_etfs(3). As rump_server
// takes it:
//
//     key=PATH,hostpath=PATH,size=host|N[k|m|g][,offset=N][,type=blk|chr|reg]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/complaint.h"

namespace farcall::server {

struct DriveSpec {
  /// The values are rump_etfs(3)'s.
  enum class Type : int { kRegular = 0, kBlock = 1, kCharacter = 2 };

  std::string key;                    ///< an absolute path in the kernel
  std::string hostpath;               ///< made absolute: a server in the background is elsewhere
  std::optional<std::uint64_t> size;  ///< bytes; none: what the host says
  std::uint64_t offset = 0;           ///< bytes
  Type type = Type::kBlock;
};

std::variant<DriveSpec, Complaint> parse_drive_spec(std::string_view text);

}  // namespace farcall::server
