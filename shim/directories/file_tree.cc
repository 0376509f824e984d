#include "file_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "names_in.h"
#include "shim/calls/calls.h"
#include "shim/host/errno.h"

namespace farcall::shim::directories {
namespace {

/// Behind those of fts_open, FTS_NAMEONLY and FTS_STOP: libc's never have it.
constexpr int kOurs = 0x10000;
constexpr int kDirectoryFlags = O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC;

}  // namespace

struct FileTree::Entry {
  Entry(Entry* directory, std::string full_path, std::string_view name)
      : parent(directory),
        path(std::move(full_path)),
        block(std::make_unique<std::byte[]>(sizeof(FTSENT) + name.size())) {
    FTSENT& entry = node();
    entry.fts_parent = parent == nullptr ? nullptr : &parent->node();
    entry.fts_accpath = entry.fts_path = path.data();
    entry.fts_pathlen = static_cast<unsigned short>(path.size());
    entry.fts_namelen = static_cast<unsigned short>(name.size());
    entry.fts_level =
        static_cast<short>(parent == nullptr ? FTS_ROOTPARENTLEVEL : parent->node().fts_level + 1);
    entry.fts_info = FTS_INIT;
    entry.fts_instr = FTS_NOINSTR;
    entry.fts_statp = &status;
    std::memcpy(entry.fts_name, name.data(), name.size());
  }

  [[nodiscard]] FTSENT& node() const { return *reinterpret_cast<FTSENT*>(block.get()); }
  [[nodiscard]] bool is_dot() const {
    const std::string_view name = node().fts_name;
    return node().fts_level > FTS_ROOTLEVEL && (name == "." || name == "..");
  }
  /// Above this one, with the same number on the same device; null: there is none.
  [[nodiscard]] FTSENT* same_above() const {
    for (const Entry* above = parent; above->parent != nullptr; above = above->parent) {
      const FTSENT& node = above->node();
      if (node.fts_ino == status.st_ino && node.fts_dev == status.st_dev) return &above->node();
    }
    return nullptr;
  }

  Entry* const parent;
  std::string path;
  struct stat status {};
  std::unique_ptr<std::byte[]> block;  ///< an FTSENT, whose end is as long as the name
  std::vector<std::unique_ptr<Entry>> members;
  std::size_t place = 0;  ///< among its parent's
  bool is_listed = false;
};

FileTree::FileTree(int options, Compare compare)
    : FTS{}, compare_(compare), top_(std::make_unique<Entry>(nullptr, "", "")) {
  fts_options = options | kOurs;
}

FileTree::~FileTree() = default;

FileTree* FileTree::find(FTS* tree) {
  return (tree->fts_options & kOurs) != 0 ? static_cast<FileTree*>(tree) : nullptr;
}

void FileTree::add_root(const char* path) { append(*top_, path, path); }

void FileTree::begin() {
  for (const auto& root : top_->members) look_at(*root, has(FTS_LOGICAL | FTS_COMFOLLOW));
  arrange(*top_);
}

void FileTree::append(Entry& directory, std::string path, std::string_view name) {
  directory.members.push_back(std::make_unique<Entry>(&directory, std::move(path), name));
}

void FileTree::arrange(Entry& directory) {
  auto& members = directory.members;
  if (compare_ != nullptr) {
    std::ranges::stable_sort(members, [this](const auto& left, const auto& right) {
      const FTSENT *first = &left->node(), *second = &right->node();
      return compare_(&first, &second) < 0;
    });
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i]->place = i;
    members[i]->node().fts_link = i + 1 < members.size() ? &members[i + 1]->node() : nullptr;
  }
  directory.is_listed = true;
}

bool FileTree::list(Entry& directory) {
  const long fd = calls::openat(AT_FDCWD, directory.path.c_str(), kDirectoryFlags, 0);
  if (sysret(fd) < 0) return false;
  std::vector<std::string> names;
  const bool is_read =
      read_names(static_cast<int>(fd), has(FTS_SEEDOT) ? Dots::taken : Dots::left_out, names);
  calls::close(static_cast<int>(fd));
  if (!is_read) return false;
  const std::string prefix = directory.path + (directory.path.ends_with('/') ? "" : "/");
  for (const std::string& name : names) append(directory, prefix + name, name);
  for (const auto& member : directory.members) look_at(*member, has(FTS_LOGICAL));
  arrange(directory);
  return true;
}

void FileTree::look_at(Entry& entry, bool follow) {
  FTSENT& node = entry.node();
  const char* const path = entry.path.c_str();
  long result = calls::fstatat(AT_FDCWD, path, &entry.status, follow ? 0 : AT_SYMLINK_NOFOLLOW);
  const bool is_lost = follow && is_error(result);
  if (is_lost) {
    const long link = calls::fstatat(AT_FDCWD, path, &entry.status, AT_SYMLINK_NOFOLLOW);
    if (!is_error(link) && S_ISLNK(entry.status.st_mode)) result = 0;
  }
  node.fts_errno = is_error(result) ? static_cast<int>(-result) : 0;
  if (is_error(result)) entry.status = {};
  node.fts_ino = entry.status.st_ino;
  node.fts_dev = entry.status.st_dev;
  node.fts_nlink = entry.status.st_nlink;
  node.fts_cycle = nullptr;
  const mode_t mode = entry.status.st_mode;
  if (is_error(result)) {
    node.fts_info = FTS_NS;
  } else if (S_ISLNK(mode)) {
    node.fts_info = is_lost ? FTS_SLNONE : FTS_SL;
  } else if (!S_ISDIR(mode)) {
    node.fts_info = S_ISREG(mode) ? FTS_F : FTS_DEFAULT;
  } else {
    node.fts_cycle = entry.is_dot() ? nullptr : entry.same_above();
    node.fts_info = entry.is_dot() ? FTS_DOT : node.fts_cycle != nullptr ? FTS_DC : FTS_D;
  }
}

FTSENT* FileTree::next() {
  if (is_over_ || current_ == nullptr) return is_over_ ? nullptr : step(*top_, 0);
  Entry& entry = *current_;
  FTSENT& node = entry.node();
  const auto instruction = std::exchange(node.fts_instr, FTS_NOINSTR);
  const bool is_link = node.fts_info == FTS_SL || node.fts_info == FTS_SLNONE;
  if (instruction == FTS_AGAIN || (instruction == FTS_FOLLOW && is_link)) {
    look_at(entry, instruction == FTS_FOLLOW || has(FTS_LOGICAL));
    return &node;
  }
  if (node.fts_info != FTS_D) return step(*entry.parent, entry.place + 1);
  const bool is_elsewhere = has(FTS_XDEV) && node.fts_dev != fts_dev;
  return instruction == FTS_SKIP || is_elsewhere ? leave(entry) : enter(entry);
}

FTSENT* FileTree::children() {
  errno = 0;
  if (is_over_) return nullptr;
  Entry& directory = current_ == nullptr ? *top_ : *current_;
  if (current_ != nullptr && current_->node().fts_info != FTS_D) return nullptr;
  if (!directory.is_listed && !list(directory)) return nullptr;
  return directory.members.empty() ? nullptr : &directory.members.front()->node();
}

FTSENT* FileTree::enter(Entry& directory) {
  if (directory.is_listed || list(directory)) return step(directory, 0);
  directory.node().fts_errno = errno;
  directory.node().fts_info = FTS_DNR;
  return &directory.node();
}

FTSENT* FileTree::step(Entry& directory, std::size_t place) {
  for (; place < directory.members.size(); ++place) {
    Entry& entry = *directory.members[place];
    const auto instruction = entry.node().fts_instr;
    if (instruction == FTS_SKIP) continue;
    if (instruction == FTS_FOLLOW) look_at(entry, true);
    entry.node().fts_instr = FTS_NOINSTR;
    if (directory.parent == nullptr) go_below(entry);
    current_ = &entry;
    return &entry.node();
  }
  return leave(directory);
}

void FileTree::go_below(Entry& root) {
  FTSENT& node = root.node();
  fts_dev = node.fts_dev;
  const auto slash = root.path.rfind('/');
  if (slash == std::string::npos || root.path == "/") return;
  std::strcpy(node.fts_name, root.path.c_str() + slash + 1);
  node.fts_namelen = static_cast<unsigned short>(root.path.size() - slash - 1);
}

FTSENT* FileTree::leave(Entry& directory) {
  directory.members.clear();
  directory.is_listed = false;
  if (directory.parent == nullptr) {
    is_over_ = true;
    errno = 0;
    return nullptr;
  }
  directory.node().fts_info = FTS_DP;
  current_ = &directory;
  return &directory.node();
}

}  // namespace farcall::shim::directories
