#include "server/mount_spec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

constexpr int kReadOnly = 1;  ///< MNT_RDONLY
constexpr unsigned kDirectoryMode = 0755;

/// The start of NetBSD's arguments for mounting what is on a device; all zero is good for the rest.
struct MountArguments {
  const char* device;
  std::array<std::byte, 128> unused_export;
  std::array<std::byte, 32> of_type;
};
static_assert(offsetof(MountArguments, of_type) == 136);

/// Those for tmpfs, which has no device: as large as the memory allows.
struct TmpfsArguments {
  int version = 1;
  std::uint64_t most_nodes = 0;
  std::int64_t most_bytes = 0;
  std::uint32_t root_uid = 0;
  std::uint32_t root_gid = 0;
  std::uint32_t root_mode = 01777;
};
static_assert(sizeof(TmpfsArguments) == 40);

constexpr std::string_view kTmpfs = "tmpfs";

struct Type {
  std::string_view name;
  std::size_t argument_size;
};

/// ufs_args, iso_args and msdosfs_args.
constexpr Type kTypes[] = {
    {"ext2fs", 8}, {"ffs", 8}, {"cd9660", 144}, {"msdos", 168}, {kTmpfs, sizeof(TmpfsArguments)}};

const Type* find_type(std::string_view name) {
  const auto found =
      std::ranges::find_if(kTypes, [name](const Type& type) { return type.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto part = text.substr(at, text.find(',', at) - at);
    parts.emplace_back(part);
    at += part.size() + 1;
  }
  return parts;
}

}  // namespace

std::variant<MountSpec, Complaint> parse_mount_spec(std::string_view text) {
  const auto parts = split(text);
  const bool read_only = parts.size() == 4 && parts[3] == "ro";
  const bool complete = parts.size() == 3 || read_only;
  const auto is_device = [&](std::string_view word) {
    return parts[0] == kTmpfs ? !word.empty() : word.starts_with('/');
  };
  if (!complete || find_type(parts[0]) == nullptr || !is_device(parts[1]) ||
      !parts[2].starts_with('/')) {
    return Complaint{
        "'" + std::string(text) +
        "' is nothing to mount: that is TYPE,DEVICE,DIRECTORY[,ro], where TYPE is "
        "ext2fs, ffs, cd9660, msdos or tmpfs, and DEVICE the key of a drive (for tmpfs "
        "any word)"};
  }
  return MountSpec{parts[0], parts[1], parts[2], read_only};
}

std::optional<Complaint> mount(void* kernel, const MountSpec& spec) {
  int (*make_directory)(const char*, unsigned) = nullptr;
  int (*mount_type)(const char*, const char*, int, void*, std::size_t) = nullptr;
  if (!take(kernel, "rump___sysimpl_mkdir", make_directory) ||
      !take(kernel, "rump___sysimpl_mount50", mount_type)) {
    return Complaint{"this kernel mounts nothing; NetBSD's does (--kernel netbsd)"};
  }
  make_directory(spec.directory.c_str(), kDirectoryMode);  // or it is there
  TmpfsArguments tmpfs;
  MountArguments arguments = {.device = spec.device.c_str(), .unused_export = {}, .of_type = {}};
  void* const given = spec.type == kTmpfs ? static_cast<void*>(&tmpfs) : &arguments;
  if (mount_type(spec.type.c_str(), spec.directory.c_str(), spec.read_only ? kReadOnly : 0, given,
                 find_type(spec.type)->argument_size) == 0) {
    return std::nullopt;
  }
  return Complaint{spec.device + " cannot be mounted at " + spec.directory + " as " + spec.type +
                   " (is that what is on it, and may you write to it?)"};
}

}  // namespace farcall::server
