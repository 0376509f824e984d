// Names of files: making, moving, linking and removing them.
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <array>
#include <climits>
#include <cstdlib>

#include "files.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

namespace farcall::conformance {
namespace {

using testing::AnyOf;

class Names : public Files {
 protected:
  [[nodiscard]] std::string target_of(std::string_view name) const {
    std::array<char, PATH_MAX> target;
    const ssize_t size = readlink(path(name).c_str(), target.data(), target.size());
    EXPECT_THAT(size, Succeeds());
    return {target.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
};

TEST_F(Names, DirectoriesAreMadeAndRemoved) {
  EXPECT_THAT(mkdir(path("d").c_str(), 0700), Succeeds());
  EXPECT_EQ(status_of(path("d")).st_mode, S_IFDIR | 0700U);
  EXPECT_THAT(mkdir(path("d").c_str(), 0700), FailsWith(EEXIST));
  EXPECT_THAT(mkdir(path("no/d").c_str(), 0700), FailsWith(ENOENT));
  EXPECT_THAT(mkdir(path("d/e").c_str(), 0700), Succeeds());
  EXPECT_THAT(rmdir(path("d").c_str()), FailsWith(ENOTEMPTY));
  EXPECT_THAT(unlink(path("d/e").c_str()), FailsWith(EISDIR));
  EXPECT_THAT(remove(path("d/e").c_str()), Succeeds());
  EXPECT_THAT(rmdir(path("d").c_str()), Succeeds());
  EXPECT_THAT(rmdir(path("d").c_str()), FailsWith(ENOENT));
}

TEST_F(Names, FilesAreRemoved) {
  write_file(path("a"), "");
  EXPECT_THAT(rmdir(path("a").c_str()), FailsWith(ENOTDIR));
  EXPECT_THAT(unlink(path("a").c_str()), Succeeds());
  EXPECT_THAT(unlink(path("a").c_str()), FailsWith(ENOENT));
}

TEST_F(Names, RemovedFilesLiveWhileTheyAreOpen) {
  write_file(path("a"), "still there");
  const Fd file = open_file(path("a"), O_RDONLY);
  ASSERT_THAT(unlink(path("a").c_str()), Succeeds());
  EXPECT_EQ(read_to_end(file.get()), "still there");
}

TEST_F(Names, RenameMovesAndReplaces) {
  write_file(path("a"), "A");
  write_file(path("b"), "B");
  ASSERT_THAT(mkdir(path("d").c_str(), 0700), Succeeds());
  EXPECT_THAT(rename(path("a").c_str(), path("b").c_str()), Succeeds());
  EXPECT_EQ(read_file(path("b")), "A");
  EXPECT_THAT(rename(path("b").c_str(), path("d/c").c_str()), Succeeds());
  EXPECT_EQ(read_file(path("d/c")), "A");
  EXPECT_THAT(rename(path("d").c_str(), path("e").c_str()), Succeeds());
  EXPECT_EQ(names_in(directory()), std::set<std::string>{"e"});
  EXPECT_THAT(rename(path("no").c_str(), path("x").c_str()), FailsWith(ENOENT));
}

TEST_F(Names, RenameRefuses) {
  write_file(path("a"), "A");
  ASSERT_THAT(mkdir(path("d").c_str(), 0700), Succeeds());
  write_file(path("d/inside"), "");
  ASSERT_THAT(mkdir(path("e").c_str(), 0700), Succeeds());
  EXPECT_THAT(rename(path("a").c_str(), path("d").c_str()), FailsWith(EISDIR));
  EXPECT_THAT(rename(path("e").c_str(), path("a").c_str()), FailsWith(ENOTDIR));
  EXPECT_THAT(rename(path("e").c_str(), path("d").c_str()), FailsWith(ENOTEMPTY));
  EXPECT_THAT(rename(path("d").c_str(), path("d/f").c_str()), FailsWith(EINVAL));
}

TEST_F(Names, RenameOfTwoLinksToOneFileDoesNothing) {
  write_file(path("a"), "A");
  ASSERT_THAT(link(path("a").c_str(), path("b").c_str()), Succeeds());
  EXPECT_THAT(rename(path("a").c_str(), path("b").c_str()), Succeeds());
  const Fd here = open_file(directory(), O_RDONLY);
  EXPECT_THAT(renameat(here.get(), "a", here.get(), "b"), Succeeds());
  EXPECT_EQ(names_in(directory()), (std::set<std::string>{"a", "b"}));
}

TEST_F(Names, RenameWithoutReplacing) {
  write_file(path("a"), "A");
  write_file(path("b"), "B");
  EXPECT_THAT(syscall(SYS_renameat2, AT_FDCWD, path("a").c_str(), AT_FDCWD, path("b").c_str(),
                      RENAME_NOREPLACE),
              AnyOf(FailsWith(EEXIST), FailsWith(EINVAL)));
  EXPECT_EQ(read_file(path("b")), "B");
}

TEST_F(Names, Links) {
  write_file(path("a"), "A");
  EXPECT_THAT(link(path("a").c_str(), path("b").c_str()), Succeeds());
  EXPECT_EQ(read_file(path("b")), "A");
  EXPECT_THAT(link(path("a").c_str(), path("b").c_str()), FailsWith(EEXIST));
  EXPECT_THAT(link(path("no").c_str(), path("c").c_str()), FailsWith(ENOENT));
  EXPECT_THAT(link(directory().c_str(), path("c").c_str()), FailsWith(EPERM));
}

TEST_F(Names, LinksToSymbolicLinks) {
  write_file(path("a"), "A");
  ASSERT_THAT(symlink("a", path("l").c_str()), Succeeds());
  EXPECT_THAT(linkat(AT_FDCWD, path("l").c_str(), AT_FDCWD, path("m").c_str(), AT_SYMLINK_FOLLOW),
              Succeeds());
  EXPECT_TRUE(S_ISREG(status_of(path("m")).st_mode));
}

TEST_F(Names, SymbolicLinks) {
  EXPECT_THAT(symlink("some/target", path("l").c_str()), Succeeds());
  EXPECT_EQ(target_of("l"), "some/target");
  EXPECT_THAT(symlink("x", path("l").c_str()), FailsWith(EEXIST));
  std::array<char, 4> small{};
  EXPECT_EQ(readlink(path("l").c_str(), small.data(), small.size()), 4);
  EXPECT_EQ(std::string(small.data(), 4), "some");
  write_file(path("a"), "");
  EXPECT_THAT(readlink(path("a").c_str(), small.data(), small.size()), FailsWith(EINVAL));
  EXPECT_THAT(open(path("l").c_str(), O_RDONLY), FailsWith(ENOENT));
  EXPECT_THAT(symlink("/absolute/target", path("m").c_str()), Succeeds());
  EXPECT_EQ(target_of("m"), "/absolute/target");
}

TEST_F(Names, RealPaths) {
  ASSERT_THAT(mkdir(path("d").c_str(), 0700), Succeeds());
  write_file(path("d/a"), "");
  ASSERT_THAT(symlink("d", path("l").c_str()), Succeeds());
  ASSERT_THAT(symlink("l/../l/a", path("m").c_str()), Succeeds());
  std::array<char, PATH_MAX> resolved;
  EXPECT_EQ(realpath((directory() + "//l/./a").c_str(), resolved.data()), resolved.data());
  EXPECT_EQ(resolved.data(), path("d/a"));
  ASSERT_THAT(chdir(directory().c_str()), Succeeds());
  char* const made = realpath("m", nullptr);
  EXPECT_EQ(std::string(made != nullptr ? made : ""), path("d/a"));
  free(made);
  EXPECT_EQ(realpath(path("l/no").c_str(), resolved.data()), nullptr);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(Names, TemporaryNames) {
  std::string pattern = path("file-XXXXXX");
  const Fd file(mkstemp(pattern.data()));
  EXPECT_TRUE(file.valid());
  EXPECT_EQ(status_of(pattern).st_mode, S_IFREG | 0600U);
  std::string suffixed = path("file-XXXXXX.c");
  const Fd other(mkostemps(suffixed.data(), 2, O_CLOEXEC));
  EXPECT_TRUE(other.valid());
  EXPECT_TRUE(suffixed.ends_with(".c"));
  std::string wrong = path("file");
  EXPECT_THAT(mkstemp(wrong.data()), FailsWith(EINVAL));
}

TEST_F(Names, SpecialFiles) {
  EXPECT_THAT(mkfifo(path("fifo").c_str(), 0600), Succeeds());
  EXPECT_EQ(status_of(path("fifo")).st_mode, S_IFIFO | 0600U);
  EXPECT_THAT(mkfifo(path("fifo").c_str(), 0600), FailsWith(EEXIST));
  EXPECT_THAT(mknod(path("regular").c_str(), S_IFREG | 0600, 0), Succeeds());
  EXPECT_EQ(status_of(path("regular")).st_mode, S_IFREG | 0600U);
  if (geteuid() != 0) GTEST_SKIP() << "only root makes devices";
  EXPECT_THAT(mknod(path("device").c_str(), S_IFCHR | 0600, makedev(7, 300)), Succeeds());
  EXPECT_EQ(status_of(path("device")).st_rdev, makedev(7, 300));
}

TEST_F(Names, TooLong) {
  EXPECT_THAT(open(path(std::string(300, 'n')).c_str(), O_WRONLY | O_CREAT, 0600),
              FailsWith(ENAMETOOLONG));
  EXPECT_THAT(mkdir(path(std::string(5000, 'n')).c_str(), 0700), FailsWith(ENAMETOOLONG));
}

TEST_F(Names, ByNumber) {
  EXPECT_THAT(syscall(SYS_mkdir, path("d").c_str(), 0700), Succeeds());
  EXPECT_THAT(syscall(SYS_mknod, path("d/a").c_str(), S_IFREG | 0600, 0), Succeeds());
  EXPECT_THAT(syscall(SYS_link, path("d/a").c_str(), path("b").c_str()), Succeeds());
  EXPECT_THAT(syscall(SYS_rename, path("b").c_str(), path("c").c_str()), Succeeds());
  EXPECT_THAT(syscall(SYS_symlink, "c", path("l").c_str()), Succeeds());
  EXPECT_THAT(syscall(SYS_chmod, path("c").c_str(), 0640), Succeeds());
  EXPECT_THAT(syscall(SYS_truncate, path("c").c_str(), 10), Succeeds());
  EXPECT_EQ(status_of(path("l")).st_size, 1);
  EXPECT_EQ(status_of(path("d/a")).st_size, 10);
  EXPECT_THAT(syscall(SYS_unlink, path("c").c_str()), Succeeds());
  EXPECT_THAT(syscall(SYS_unlinkat, AT_FDCWD, path("d/a").c_str(), 0), Succeeds());
  EXPECT_THAT(syscall(SYS_rmdir, path("d").c_str()), Succeeds());
  EXPECT_EQ(names_in(directory()), std::set<std::string>{"l"});
}

}  // namespace
}  // namespace farcall::conformance
