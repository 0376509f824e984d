// fts(3). fts_set only writes into an entry, so libc's does for all.
#include <fts.h>

#include <cstddef>
#include <memory>

#include "catch.h"
#include "shim/calls/paths.h"
#include "shim/directories/file_tree.h"

using namespace farcall::shim;
using directories::FileTree;

static_assert(sizeof(FTS) == sizeof(FTS64) && sizeof(FTSENT) == sizeof(FTSENT64) &&
                  offsetof(FTSENT, fts_statp) == offsetof(FTSENT64, fts_statp),
              "one definition serves fts_open and fts64_open");

FARCALL_CATCH FTS* fts_open(char* const* paths, int options, FileTree::Compare compare) {
  bool is_ours = false;
  for (char* const* path = paths; *path != nullptr; ++path)
    is_ours = is_ours || calls::place_of(*path).is_kernel();
  if (!is_ours) return host::libc().fts_open(paths, options, compare);
  if ((options & ~FTS_OPTIONMASK) != 0) {
    errno = EINVAL;
    return nullptr;
  }
  auto tree = std::make_unique<FileTree>(options, compare);
  for (; *paths != nullptr; ++paths) {
    if (**paths == '\0') {
      errno = ENOENT;
      return nullptr;
    }
    tree->add_root(*paths);
  }
  tree->begin();
  return tree.release();
}
FARCALL_ALIAS(fts64_open, fts_open);

FARCALL_CATCH FTSENT* fts_read(FTS* tree) {
  FileTree* const ours = FileTree::find(tree);
  return ours != nullptr ? ours->next() : host::libc().fts_read(tree);
}
FARCALL_ALIAS(fts64_read, fts_read);

FARCALL_CATCH FTSENT* fts_children(FTS* tree, int options) {
  FileTree* const ours = FileTree::find(tree);
  if (ours == nullptr) return host::libc().fts_children(tree, options);
  if (options == 0 || options == FTS_NAMEONLY) return ours->children();
  errno = EINVAL;
  return nullptr;
}
FARCALL_ALIAS(fts64_children, fts_children);

FARCALL_CATCH int fts_close(FTS* tree) {
  FileTree* const ours = FileTree::find(tree);
  if (ours == nullptr) return host::libc().fts_close(tree);
  delete ours;
  return 0;
}
FARCALL_ALIAS(fts64_close, fts_close);
