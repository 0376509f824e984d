// A file system to mount before the first client comes, as `farcall serve --mount` takes it:
//
//     TYPE,DEVICE,DIRECTORY[,ro]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/complaint.h"

namespace farcall::server {

struct MountSpec {
  std::string type;       ///< as mount(2) of NetBSD names it; its component is rumpfs_TYPE
  std::string device;     ///< the key of a drive; any word for tmpfs
  std::string directory;  ///< made if it is not there
  bool read_only = false;
};

std::variant<MountSpec, Complaint> parse_mount_spec(std::string_view text);

/// Mounts in the kernel whose symbols `kernel`, a handle of dlopen, finds.
std::optional<Complaint> mount(void* kernel, const MountSpec& spec);

}  // namespace farcall::server
