// nftw(3) on trees of the kernel's: libc's own makes its calls where nobody else sees them.
#pragma once

#include <ftw.h>
#include <sys/stat.h>

namespace farcall::shim::directories {

/// What the walk calls; FTW_STOP and the like are returned only with FTW_ACTIONRETVAL.
class TreeVisitor {
 public:
  virtual int visit(const char* path, const struct stat& status, int type, FTW where) = 0;

 protected:
  ~TreeVisitor() = default;
};

/// Walks below `path` in the way that `flags` (FTW_*) say. Uses one descriptor for each level. What
/// the visitor returned last, when that was not 0; -1 with errno.
int walk_tree(const char* path, int flags, TreeVisitor& visitor);

}  // namespace farcall::shim::directories
