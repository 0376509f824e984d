#include "tree_walk.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "names_in.h"
#include "shim/calls/calls.h"
#include "shim/host/errno.h"

namespace farcall::shim::directories {

namespace {

constexpr int kFailed = -1;
constexpr int kDirectoryFlags = O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC;

/// An open directory, of either side.
class Directory {
 public:
  Directory() = default;
  explicit Directory(const std::string& path, int flags = kDirectoryFlags)
      : fd_(calls::openat(AT_FDCWD, path.c_str(), flags, 0)) {}
  ~Directory() {
    if (is_open()) calls::close(fd());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] bool is_open() const { return !is_error(fd_); }
  [[nodiscard]] int fd() const { return static_cast<int>(fd_); }

 private:
  long fd_ = -EBADF;
};

class Walk {
 public:
  Walk(int flags, TreeVisitor& visitor) : flags_(flags), visitor_(visitor) {}

  int run(std::string_view path) {
    path_ = path;
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    const auto slash = path_.find_last_of('/');
    const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
    const int result = has(FTW_CHDIR) ? run_with_moves(base) : visit_name(base, 0);
    return has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE ? 0 : result;
  }

 private:
  [[nodiscard]] bool has(int flag) const { return (flags_ & flag) != 0; }

  /// FTW_CHDIR: while something is visited, the directory that it is in is the working directory.
  int run_with_moves(std::size_t base) {
    const Directory start(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const Directory above(base == 0 ? "." : path_.substr(0, base),
                          O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!start.is_open() || !above.is_open()) return static_cast<int>(sysret(-ENOENT));
    above_ = above.fd();
    const int result = visit_name(base, 0);
    const long back = calls::fchdir(start.fd());
    return is_error(back) ? static_cast<int>(sysret(back)) : result;
  }

  /// With FTW_CHDIR.
  bool move_to(int fd) { return sysret(calls::fchdir(fd)) >= 0; }

  /// One name: path_, whose last part starts at `base`.
  int visit_name(std::size_t base, int level) {
    const FTW where{static_cast<int>(base), level};
    const bool is_top = level == 0;
    // Relative to the working directory, which is not above_ yet when this is the top.
    const std::string name = has(FTW_CHDIR) && !is_top ? path_.substr(base) : path_;
    struct stat status {};
    const int type = type_of(name, status);
    if (type == FTW_NS && is_top) return kFailed;
    if (is_top) device_ = status.st_dev;
    if (has(FTW_MOUNT) && type != FTW_NS && status.st_dev != device_) return 0;
    if (type == FTW_D) return visit_directory(Directory(name), status, where);
    if (has(FTW_CHDIR) && is_top && !move_to(above_)) return kFailed;
    return report(status, type, where);
  }

  int type_of(const std::string& name, struct stat& status) {
    const int no_follow = has(FTW_PHYS) ? AT_SYMLINK_NOFOLLOW : 0;
    long result = calls::fstatat(AT_FDCWD, name.c_str(), &status, no_follow);
    if (is_error(result) && no_follow == 0) {
      result = calls::fstatat(AT_FDCWD, name.c_str(), &status, AT_SYMLINK_NOFOLLOW);
      if (!is_error(result) && S_ISLNK(status.st_mode)) return FTW_SLN;
    }
    if (sysret(result) < 0) return FTW_NS;
    if (S_ISLNK(status.st_mode)) return FTW_SL;
    return S_ISDIR(status.st_mode) ? FTW_D : FTW_F;
  }

  int report(const struct stat& status, int type, FTW where) {
    return visitor_.visit(path_.c_str(), status, type, where);
  }

  int visit_directory(const Directory& directory, const struct stat& status, FTW where) {
    std::vector<std::string> names;
    const bool is_readable =
        directory.is_open() && read_names(directory.fd(), Dots::left_out, names);
    if (has(FTW_CHDIR) && where.level == 0 && !move_to(above_)) return kFailed;
    if (!is_readable) return report(status, FTW_DNR, where);
    if (!has(FTW_DEPTH)) {
      const int result = report(status, FTW_D, where);
      if (has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE) return 0;
      if (result != 0) return result;
    }
    const int result = visit_inside(directory, names, where.level + 1);
    if (result != 0) return result;
    return has(FTW_DEPTH) ? report(status, FTW_DP, where) : 0;
  }

  int visit_inside(const Directory& directory, const std::vector<std::string>& names, int level) {
    if (!has(FTW_CHDIR)) return visit_members(names, level);
    const int above = std::exchange(above_, directory.fd());
    const int result = move_to(above_) ? visit_members(names, level) : kFailed;
    above_ = above;
    return move_to(above_) ? result : kFailed;
  }

  int visit_members(const std::vector<std::string>& names, int level) {
    const std::size_t length = path_.size();
    for (const std::string& name : names) {
      if (!path_.ends_with('/')) path_ += '/';
      const std::size_t base = path_.size();
      path_ += name;
      const int result = visit_name(base, level);
      path_.resize(length);
      if (has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SIBLINGS) return 0;
      if (result != 0 && !(has(FTW_ACTIONRETVAL) && result == FTW_SKIP_SUBTREE)) return result;
    }
    return 0;
  }

  const int flags_;
  TreeVisitor& visitor_;
  std::string path_;
  dev_t device_ = 0;
  int above_ = -1;  // with FTW_CHDIR: the directory of what is visited
};

}  // namespace

int walk_tree(const char* path, int flags, TreeVisitor& visitor) {
  return Walk(flags, visitor).run(path);
}

}  // namespace farcall::shim::directories
