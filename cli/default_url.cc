#include "cli/default_url.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace farcall::cli {

using server::Complaint;

std::variant<std::string, Complaint> default_url(bool create) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string directory = runtime != nullptr && *runtime == '/'
                                    ? std::string(runtime) + "/farcall"
                                    : "/tmp/farcall-" + std::to_string(geteuid());
  if (create && mkdir(directory.c_str(), S_IRWXU) == -1 && errno != EEXIST) {
    return Complaint{"cannot make " + directory + " for the server's socket: " +
                     std::strerror(errno) + "; choose a place with --listen URL"};
  }
  struct stat status;
  const bool exists = lstat(directory.c_str(), &status) == 0;
  const bool is_private = exists && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
                          (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (exists && !is_private) {
    return Complaint{directory + " is not a directory of this user alone (mode 0700); " +
                     "name another URL, or remove it"};
  }
  return "unix://" + directory + "/default.sock";
}

std::variant<std::string, Complaint> choose_url(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = std::getenv("RUMP_SERVER");
  if (environment != nullptr && *environment != '\0') return std::string(environment);
  return default_url(false);
}

}  // namespace farcall::cli
