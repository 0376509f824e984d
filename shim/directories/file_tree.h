// fts(3) on trees of the kernel's: libc's own makes its calls where nobody else sees them.
#pragma once

#include <fts.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::shim::directories {

/// One walk, below paths of either side. The working directory stays what it is, as with
/// FTS_NOCHDIR, so that a name's fts_accpath is its fts_path. Files are looked at also with
/// FTS_NOSTAT, which allows that.
class FileTree : public FTS {
 public:
  using Compare = int (*)(const FTSENT**, const FTSENT**);

  /// `options` are fts_open's; `compare` may be null.
  FileTree(int options, Compare compare);
  ~FileTree();
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  /// Null for one of libc's.
  static FileTree* find(FTS* tree);

  void add_root(const char* path);
  /// After the last root.
  void begin();
  /// fts_read(3): an entry is there until the next call, a directory's until the one after that
  /// which leaves it. Null with errno, which is 0 at the end.
  FTSENT* next();
  /// fts_children(3): the list of what the entry read last has, or of the roots before the first.
  FTSENT* children();

 private:
  struct Entry;

  [[nodiscard]] bool has(int option) const { return (fts_options & option) != 0; }
  void append(Entry& directory, std::string path, std::string_view name);
  /// In the order that the walk takes.
  void arrange(Entry& directory);
  /// False with errno.
  bool list(Entry& directory);
  static void look_at(Entry& entry, bool follow);
  FTSENT* enter(Entry& directory);
  /// The first of `directory`'s members from number `place` on that is not to be left out, else the
  /// directory once more.
  FTSENT* step(Entry& directory, std::size_t place);
  /// A root has all of its path for a name until the walk comes to it.
  void go_below(Entry& root);
  FTSENT* leave(Entry& directory);

  const Compare compare_;
  const std::unique_ptr<Entry> top_;  ///< of which the roots are members
  Entry* current_ = nullptr;
  bool is_over_ = false;
};

}  // namespace farcall::shim::directories
