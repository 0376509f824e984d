#include "names_in.h"

#include <cerrno>
#include <string_view>

#include "shim/calls/calls.h"
#include "shim/host/errno.h"
#include "stream.h"

namespace farcall::shim::directories {

bool read_names(int directory, Dots dots, std::vector<std::string>& names) {
  const long fd = calls::dup(directory);
  if (sysret(fd) < 0) return false;
  DIR* const stream = open_kernel_directory(static_cast<int>(fd));
  while (const dirent* entry = find(stream)->next()) {
    const std::string_view name = entry->d_name;
    if (dots == Dots::taken || (name != "." && name != "..")) names.emplace_back(name);
  }
  directories::close(stream);
  return true;
}

}  // namespace farcall::shim::directories
