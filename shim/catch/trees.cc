// libc's functions that look at many names, or make up new ones.
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <string_view>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/directories/tree_walk.h"
#include "shim/host/libc.h"

using namespace farcall::shim;

static_assert(sizeof(glob_t) == sizeof(glob64_t), "one definition serves glob and glob64");

// -- glob(3), which can be given other functions to look with --

FARCALL_CATCH int glob(const char* pattern, int flags, int (*on_error)(const char*, int),
                       glob_t* found) {
  if (!calls::place_of(pattern).is_kernel() || (flags & GLOB_ALTDIRFUNC) != 0)
    return host::libc().glob(pattern, flags, on_error, found);
  found->gl_opendir = [](const char* path) -> void* { return opendir(path); };
  found->gl_readdir = [](void* stream) { return readdir(static_cast<DIR*>(stream)); };
  found->gl_closedir = [](void* stream) { closedir(static_cast<DIR*>(stream)); };
  found->gl_stat = stat;
  found->gl_lstat = lstat;
  return host::libc().glob(pattern, flags | GLOB_ALTDIRFUNC, on_error, found);
}
FARCALL_ALIAS(glob64, glob);

// -- ftw(3) and nftw(3) --

namespace {

class NftwVisitor final : public directories::TreeVisitor {
 public:
  explicit NftwVisitor(__nftw_func_t function) : function_(function) {}
  int visit(const char* path, const struct stat& status, int type, FTW where) override {
    return function_(path, &status, type, &where);
  }

 private:
  __nftw_func_t function_;
};

class FtwVisitor final : public directories::TreeVisitor {
 public:
  explicit FtwVisitor(__ftw_func_t function) : function_(function) {}
  int visit(const char* path, const struct stat& status, int type, FTW) override {
    return function_(path, &status, type == FTW_SLN ? FTW_NS : type);
  }

 private:
  __ftw_func_t function_;
};

}  // namespace

FARCALL_CATCH int nftw(const char* path, __nftw_func_t function, int descriptors, int flags) {
  if (!calls::place_of(path).is_kernel())
    return host::libc().nftw(path, function, descriptors, flags);
  NftwVisitor visitor(function);
  return directories::walk_tree(path, flags, visitor);
}
FARCALL_ALIAS(nftw64, nftw);

FARCALL_CATCH int ftw(const char* path, __ftw_func_t function, int descriptors) {
  if (!calls::place_of(path).is_kernel()) return host::libc().ftw(path, function, descriptors);
  FtwVisitor visitor(function);
  return directories::walk_tree(path, 0, visitor);
}
FARCALL_ALIAS(ftw64, ftw);

// -- mkstemp(3) and its like --

namespace {

/// Puts names into the six X before the last `suffix` characters until `make(path)` gives another
/// error than EEXIST. Its result.
template <class Make>
int make_temporary(char* path, int suffix, Make make) {
  constexpr std::string_view kPlaceholder = "XXXXXX";
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr int kTries = 10000;
  const std::string_view text = path;
  const size_t tail = kPlaceholder.size() + static_cast<size_t>(suffix);
  if (suffix < 0 || text.size() < tail ||
      text.substr(text.size() - tail, kPlaceholder.size()) != kPlaceholder) {
    return int_ret(-EINVAL);
  }
  char* const random = path + (text.size() - tail);
  for (int i = 0; i < kTries; ++i) {
    unsigned char bytes[kPlaceholder.size()] = {};
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return -1;
    for (size_t k = 0; k < sizeof bytes; ++k) random[k] = kLetters[bytes[k] % kLetters.size()];
    const long made = make(path);
    if (made != -EEXIST) return int_ret(made);
  }
  return int_ret(-EEXIST);
}

}  // namespace

FARCALL_CATCH int mkostemps(char* path, int suffix, int flags) {
  if (!calls::place_of(path).is_kernel()) return host::libc().mkostemps(path, suffix, flags);
  const int all = (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL;
  return make_temporary(path, suffix, [&](const char* name) {
    return calls::openat(AT_FDCWD, name, all, S_IRUSR | S_IWUSR);
  });
}
FARCALL_ALIAS(mkostemps64, mkostemps);

FARCALL_CATCH int mkostemp(char* path, int flags) { return mkostemps(path, 0, flags); }
FARCALL_ALIAS(mkostemp64, mkostemp);

FARCALL_CATCH int mkstemps(char* path, int suffix) { return mkostemps(path, suffix, 0); }
FARCALL_ALIAS(mkstemps64, mkstemps);

FARCALL_CATCH int mkstemp(char* path) { return mkostemps(path, 0, 0); }
FARCALL_ALIAS(mkstemp64, mkstemp);

FARCALL_CATCH char* mkdtemp(char* path) noexcept {
  if (!calls::place_of(path).is_kernel()) return host::libc().mkdtemp(path);
  const int made = make_temporary(
      path, 0, [](const char* name) { return calls::mkdirat(AT_FDCWD, name, S_IRWXU); });
  return made < 0 ? nullptr : path;
}
