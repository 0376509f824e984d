#include "real_path.h"

#include <sys/stat.h>

#include <array>
#include <climits>
#include <string_view>

#include "shim/personality/files.h"
#include "shim/process/start.h"

namespace farcall::shim::calls {

namespace {

constexpr int kMostLinks = 40;

/// Follows a path inside the kernel, one name after the other.
class Resolver {
 public:
  long follow(std::string path) {
    rest_ = std::move(path);
    while (!rest_.empty()) {
      const long result = step(next_name());
      if (is_error(result)) return result;
    }
    struct stat status {};
    return personality::fstatat(personality::kKernelCwd, resolved().c_str(), &status, 0);
  }

  [[nodiscard]] std::string resolved() const { return done_.empty() ? "/" : done_; }
  void start_at(std::string directory) { done_ = directory == "/" ? "" : std::move(directory); }

 private:
  std::string next_name() {
    const std::size_t start = rest_.find_first_not_of('/');
    if (start == std::string::npos) {
      rest_.clear();
      return {};
    }
    const std::size_t end = rest_.find('/', start);
    std::string name = rest_.substr(start, end - start);
    rest_.erase(0, end);
    return name;
  }

  long step(const std::string& name) {
    if (name.empty() || name == ".") return 0;
    if (name == "..") {
      done_.resize(done_.empty() ? 0 : done_.find_last_of('/'));
      return 0;
    }
    const std::string path = done_ + '/' + name;
    std::array<char, PATH_MAX> link;
    const long size =
        personality::readlinkat(personality::kKernelCwd, path.c_str(), link.data(), link.size());
    if (size == -EINVAL) {
      done_ = path;
      return 0;
    }
    return is_error(size) ? size : enter({link.data(), static_cast<std::size_t>(size)});
  }

  long enter(std::string_view target) {
    if (++links_ > kMostLinks) return -ELOOP;
    if (target.starts_with('/')) done_.clear();
    rest_ = std::string(target) + rest_;
    return rest_.size() < PATH_MAX ? 0 : -ENAMETOOLONG;
  }

  std::string done_;  // without a slash at its end
  std::string rest_;
  int links_ = 0;
};

}  // namespace

long real_path(const Place& place, std::string& resolved) {
  if (place.path[0] == '\0') return -ENOENT;
  Resolver resolver;
  if (place.path[0] != '/') {
    std::string directory;
    const long result = personality::getcwd(directory);
    if (is_error(result)) return result;
    resolver.start_at(directory);
  }
  const long result = resolver.follow(place.path);
  const HijackSpec* spec = process::hijack_spec_if_started();
  if (is_error(result) || spec == nullptr) return result;
  resolved = spec->program_path(resolver.resolved());
  return resolved.size() < PATH_MAX ? 0 : -ENAMETOOLONG;
}

}  // namespace farcall::shim::calls
