// Trees of files walked by fts(3).
#include <fts.h>

#include <cstring>
#include <memory>
#include <vector>

#include "files.h"

namespace farcall::conformance {
namespace {

using testing::ElementsAre;

int by_name(const FTSENT** left, const FTSENT** right) {
  return std::strcmp((*left)->fts_name, (*right)->fts_name);
}

using Tree = std::unique_ptr<FTS, decltype(&fts_close)>;

Tree open_tree(const std::string& path, int options) {
  char* const paths[] = {const_cast<char*>(path.c_str()), nullptr};
  return {fts_open(paths, options, by_name), fts_close};
}

/// Level, kind and name.
std::string told(const FTSENT& entry) {
  constexpr const char* kKinds[] = {"",      "d", "cycle", "other", "unreadable", "dot",  "end",
                                    "error", "f", "init",  "ns",    "nsok",       "link", "lost"};
  return std::to_string(entry.fts_level) + " " + kKinds[entry.fts_info] + " " + entry.fts_name;
}

std::vector<std::string> rest_of(const Tree& tree) {
  std::vector<std::string> all;
  errno = ENOTSUP;
  while (const FTSENT* entry = fts_read(tree.get())) all.push_back(told(*entry));
  EXPECT_EQ(errno, 0);
  return all;
}

/// A directory `t` with files, an empty directory, links to a file, to the directory and to
/// nothing.
class Trees : public Files {
 protected:
  void SetUp() override {
    Files::SetUp();
    for (const char* name : {"t", "t/a", "t/empty"})
      ASSERT_THAT(mkdir(path(name).c_str(), 0755), Succeeds());
    write_file(path("t/a/file"), "text");
    write_file(path("t/z"), "more text");
    ASSERT_THAT(symlink("a", path("t/link").c_str()), Succeeds());
    ASSERT_THAT(symlink("nothing", path("t/lost").c_str()), Succeeds());
  }
};

TEST_F(Trees, AreWalkedInOrder) {
  const Tree tree = open_tree(path("t"), FTS_PHYSICAL);
  ASSERT_NE(tree, nullptr);
  EXPECT_THAT(rest_of(tree),
              ElementsAre("0 d t", "1 d a", "2 f file", "1 end a", "1 d empty", "1 end empty",
                          "1 link link", "1 link lost", "1 f z", "0 end t"));
  EXPECT_EQ(fts_read(tree.get()), nullptr);
}

TEST_F(Trees, AreWalkedThroughLinks) {
  ASSERT_THAT(symlink("..", path("t/a/up").c_str()), Succeeds());
  EXPECT_THAT(rest_of(open_tree(path("t"), FTS_LOGICAL)),
              ElementsAre("0 d t", "1 d a", "2 f file", "2 cycle up", "1 end a", "1 d empty",
                          "1 end empty", "1 d link", "2 f file", "2 cycle up", "1 end link",
                          "1 lost lost", "1 f z", "0 end t"));
}

TEST_F(Trees, TellOfTheirEntries) {
  const Tree tree = open_tree(path("t"), FTS_PHYSICAL | FTS_NOCHDIR);
  const FTSENT* const top = fts_read(tree.get());
  ASSERT_NE(top, nullptr);
  EXPECT_EQ(top->fts_parent->fts_level, FTS_ROOTPARENTLEVEL);
  const FTSENT* const directory = fts_read(tree.get());
  const FTSENT* const file = fts_read(tree.get());
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->fts_path, path("t/a/file"));
  EXPECT_EQ(read_file(file->fts_accpath), "text");
  EXPECT_EQ(file->fts_pathlen, path("t/a/file").size());
  EXPECT_EQ(file->fts_namelen, 4);
  EXPECT_EQ(file->fts_parent, directory);
  EXPECT_EQ(file->fts_statp->st_size, 4);
  EXPECT_EQ(file->fts_statp->st_ino, status_of(path("t/a/file")).st_ino);
}

TEST_F(Trees, TellWhatADirectoryHas) {
  const Tree tree = open_tree(path("t"), FTS_PHYSICAL);
  const FTSENT* const roots = fts_children(tree.get(), 0);
  ASSERT_NE(roots, nullptr);
  EXPECT_EQ(roots->fts_name, path("t"));  // until it is read
  const FTSENT* const top = fts_read(tree.get());
  ASSERT_NE(top, nullptr);
  EXPECT_STREQ(top->fts_name, "t");
  std::vector<std::string> names;
  for (const FTSENT* entry = fts_children(tree.get(), FTS_NAMEONLY); entry != nullptr;
       entry = entry->fts_link)
    names.emplace_back(entry->fts_name);
  EXPECT_THAT(names, ElementsAre("a", "empty", "link", "lost", "z"));
  EXPECT_THAT(rest_of(tree), testing::SizeIs(9));
}

TEST_F(Trees, FollowInstructions) {
  const Tree tree = open_tree(path("t"), FTS_PHYSICAL);
  std::vector<std::string> all;
  while (FTSENT* entry = fts_read(tree.get())) {
    all.push_back(told(*entry));
    if (all.back() == "1 d a") fts_set(tree.get(), entry, FTS_SKIP);
    if (entry->fts_info == FTS_SL) fts_set(tree.get(), entry, FTS_FOLLOW);
  }
  EXPECT_THAT(all, ElementsAre("0 d t", "1 d a", "1 end a", "1 d empty", "1 end empty",
                               "1 link link", "1 d link", "2 f file", "1 end link", "1 link lost",
                               "1 lost lost", "1 f z", "0 end t"));
}

TEST_F(Trees, MayBeFilesOrMissing) {
  EXPECT_THAT(rest_of(open_tree(path("t/z"), FTS_PHYSICAL)), ElementsAre("0 f z"));
  EXPECT_THAT(rest_of(open_tree(path("t/link"), FTS_PHYSICAL | FTS_COMFOLLOW)),
              ElementsAre("0 d link", "1 f file", "0 end link"));
  const Tree missing = open_tree(path("no"), FTS_PHYSICAL);
  const FTSENT* const entry = fts_read(missing.get());
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->fts_info, FTS_NS);
  EXPECT_EQ(entry->fts_errno, ENOENT);
}

TEST_F(Trees, RefuseOptionsThatThereAreNot) {
  EXPECT_EQ(open_tree(path("t"), 1 << 20), nullptr);
  EXPECT_EQ(errno, EINVAL);
}

}  // namespace
}  // namespace farcall::conformance
