#include "tree_walk.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "shim/calls/calls.h"
#include "shim/host/errno.h"
#include "stream.h"

namespace farcall::shim::directories {

namespace {

constexpr int kFailed = -1;

class Walk {
 public:
  Walk(int flags, TreeVisitor& visitor) : flags_(flags), visitor_(visitor) {}

  int run(std::string_view path) {
    path_ = path;
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    const auto slash = path_.find_last_of('/');
    const int result = visit_name(slash == std::string::npos ? 0 : slash + 1, 0, true);
    return has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE ? 0 : result;
  }

 private:
  [[nodiscard]] bool has(int flag) const { return (flags_ & flag) != 0; }

  /// One name: path_, whose last part starts at `base`.
  int visit_name(std::size_t base, int level, bool is_top) {
    const FTW where{static_cast<int>(base), level};
    struct stat status {};
    const int type = type_of(status);
    if (type == FTW_NS && is_top) return kFailed;
    if (is_top) device_ = status.st_dev;
    if (has(FTW_MOUNT) && type != FTW_NS && status.st_dev != device_) return 0;
    return type == FTW_D ? visit_directory(status, where) : report(status, type, where);
  }

  int type_of(struct stat& status) {
    const int no_follow = has(FTW_PHYS) ? AT_SYMLINK_NOFOLLOW : 0;
    long result = calls::fstatat(AT_FDCWD, path_.c_str(), &status, no_follow);
    if (is_error(result) && no_follow == 0) {
      result = calls::fstatat(AT_FDCWD, path_.c_str(), &status, AT_SYMLINK_NOFOLLOW);
      if (!is_error(result) && S_ISLNK(status.st_mode)) return FTW_SLN;
    }
    if (sysret(result) < 0) return FTW_NS;
    if (S_ISLNK(status.st_mode)) return FTW_SL;
    return S_ISDIR(status.st_mode) ? FTW_D : FTW_F;
  }

  int report(const struct stat& status, int type, FTW where) {
    return visitor_.visit(path_.c_str(), status, type, where);
  }

  int visit_directory(const struct stat& status, FTW where) {
    std::vector<std::string> names;
    if (!read_names(names)) return report(status, FTW_DNR, where);
    if (!has(FTW_DEPTH)) {
      const int result = report(status, FTW_D, where);
      if (has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE) return 0;
      if (result != 0) return result;
    }
    const int result = visit_members(names, where.level + 1);
    if (result != 0) return result;
    return has(FTW_DEPTH) ? report(status, FTW_DP, where) : 0;
  }

  int visit_members(const std::vector<std::string>& names, int level) {
    const std::size_t length = path_.size();
    for (const std::string& name : names) {
      if (!path_.ends_with('/')) path_ += '/';
      const std::size_t base = path_.size();
      path_ += name;
      const int result = visit_name(base, level, false);
      path_.resize(length);
      if (has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SIBLINGS) return 0;
      if (result != 0 && !(has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE)) return result;
    }
    return 0;
  }

  bool read_names(std::vector<std::string>& names) {
    const long fd =
        calls::openat(AT_FDCWD, path_.c_str(), O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
    if (is_error(fd)) return false;
    DIR* const stream = open_kernel_directory(static_cast<int>(fd));
    while (const dirent* entry = find(stream)->next()) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    directories::close(stream);
    return true;
  }

  const int flags_;
  TreeVisitor& visitor_;
  std::string path_;
  dev_t device_ = 0;
};

}  // namespace

int walk_tree(const char* path, int flags, TreeVisitor& visitor) {
  // With FTW_CHDIR the names that are visited would have to be relative to a moving directory.
  if ((flags & FTW_CHDIR) != 0) {
    errno = ENOTSUP;
    return kFailed;
  }
  return Walk(flags, visitor).run(path);
}

}  // namespace farcall::shim::directories
