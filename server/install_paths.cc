#include "server/install_paths.h"

#include <system_error>

namespace farcall::server {

std::optional<std::filesystem::path> find_library(std::string_view name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const auto prefix = program.parent_path().parent_path();
  for (const char* directory : {"lib", FARCALL_LIBRARY_DIRECTORY}) {
    auto path = prefix / directory / name;
    if (std::filesystem::exists(path, error)) return path;
  }
  return std::nullopt;
}

}  // namespace farcall::server
