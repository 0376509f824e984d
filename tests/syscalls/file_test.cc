// Files: opening, reading and writing, what stat tells, and what changes it.
#include "files.h"

#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <array>

namespace farcall::conformance {
namespace {

using testing::AnyOf;

constexpr mode_t kPermissions = 07777;

// -- open --

TEST_F(Files, OpenMakesWhatIsNotThere) {
  EXPECT_THAT(open(path("a").c_str(), O_RDWR), FailsWith(ENOENT));
  const Fd made = open_file(path("a"), O_RDWR | O_CREAT | O_EXCL, 0640);
  EXPECT_EQ(status_of(path("a")).st_mode, S_IFREG | 0640U);
  EXPECT_THAT(open(path("a").c_str(), O_RDWR | O_CREAT | O_EXCL, 0600), FailsWith(EEXIST));
  EXPECT_THAT(open(path("a/b").c_str(), O_RDONLY), FailsWith(ENOTDIR));
  EXPECT_THAT(open(path("no/b").c_str(), O_RDWR | O_CREAT, 0600), FailsWith(ENOENT));
}

TEST_F(Files, OpenKnowsDirectories) {
  write_file(path("file"), "x");
  EXPECT_THAT(open(path("file").c_str(), O_RDONLY | O_DIRECTORY), FailsWith(ENOTDIR));
  EXPECT_THAT(open(directory().c_str(), O_WRONLY), FailsWith(EISDIR));
  const Fd opened = open_file(directory(), O_RDONLY);
  std::array<char, 512> buffer;
  EXPECT_THAT(read(opened.get(), buffer.data(), buffer.size()), FailsWith(EISDIR));
  const Fd named = open_file(directory(), O_PATH | O_DIRECTORY);
  const Fd inside(openat(named.get(), "file", O_RDONLY));
  EXPECT_EQ(read_to_end(inside.get()), "x");
}

TEST_F(Files, OpenTruncatesAndAppends) {
  write_file(path("a"), "0123456789");
  {
    const Fd appended = open_file(path("a"), O_WRONLY | O_APPEND);
    EXPECT_EQ(write(appended.get(), "abc", 3), 3);
  }
  EXPECT_EQ(read_file(path("a")), "0123456789abc");
  open_file(path("a"), O_WRONLY | O_TRUNC);
  EXPECT_EQ(read_file(path("a")), "");
}

TEST_F(Files, OpenFollowsLinksOrNot) {
  write_file(path("a"), "text");
  ASSERT_THAT(symlink("a", path("link").c_str()), Succeeds());
  EXPECT_EQ(read_file(path("link")), "text");
  EXPECT_THAT(open(path("link").c_str(), O_RDONLY | O_NOFOLLOW), FailsWith(ELOOP));
  ASSERT_THAT(symlink("loop", path("loop").c_str()), Succeeds());
  EXPECT_THAT(open(path("loop").c_str(), O_RDONLY), FailsWith(ELOOP));
}

TEST_F(Files, OpenByEveryNameOfLibc) {
  const Fd made(creat(path("a").c_str(), 0600));
  EXPECT_TRUE(made.valid());
  const Fd raw(static_cast<int>(syscall(SYS_open, path("a").c_str(), O_RDONLY)));
  EXPECT_TRUE(raw.valid());
  const Fd large(open64(path("a").c_str(), O_RDONLY));
  EXPECT_TRUE(large.valid());
  FILE* stream = fopen(path("a").c_str(), "w");
  ASSERT_NE(stream, nullptr);
  EXPECT_GT(fputs("by a stream", stream), 0);
  EXPECT_EQ(fclose(stream), 0);
  EXPECT_EQ(read_file(path("a")), "by a stream");
}

// -- reading and writing --

TEST_F(Files, PositionsAndHoles) {
  const Fd file = open_file(path("a"), O_RDWR | O_CREAT);
  constexpr off_t kFar = 100000;
  EXPECT_EQ(pwrite(file.get(), "end", 3, kFar), 3);
  EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 0);
  EXPECT_EQ(lseek(file.get(), 0, SEEK_END), kFar + 3);
  EXPECT_EQ(lseek(file.get(), -3, SEEK_END), kFar);
  EXPECT_THAT(lseek(file.get(), -1, SEEK_SET), FailsWith(EINVAL));
  std::array<char, 8> bytes{'x', 'x'};
  EXPECT_EQ(pread(file.get(), bytes.data(), bytes.size(), kFar - 5), 8);
  EXPECT_EQ(std::string(bytes.data(), 8), std::string("\0\0\0\0\0end", 8));
  EXPECT_EQ(pread(file.get(), bytes.data(), bytes.size(), kFar + 3), 0);
}

TEST_F(Files, Vectors) {
  const Fd file = open_file(path("a"), O_RDWR | O_CREAT);
  std::array<char, 4> one{'o', 'n', 'e', ' '};
  std::array<char, 4> two{'t', 'w', 'o', '.'};
  const std::array<iovec, 2> vectors{{{one.data(), one.size()}, {two.data(), two.size()}}};
  EXPECT_EQ(writev(file.get(), vectors.data(), 2), 8);
  EXPECT_EQ(read_file(path("a")), "one two.");
  EXPECT_EQ(preadv(file.get(), vectors.data(), 2, 1), 7);
  EXPECT_EQ(std::string(one.data(), 4), "ne t");
  EXPECT_EQ(lseek(file.get(), 4, SEEK_SET), 4);
  EXPECT_EQ(readv(file.get(), vectors.data(), 2), 4);
  EXPECT_EQ(std::string(one.data(), 4), "two.");
}

TEST_F(Files, WrongUse) {
  write_file(path("a"), "x");
  const Fd reader = open_file(path("a"), O_RDONLY);
  const Fd writer = open_file(path("a"), O_WRONLY);
  char byte = 0;
  EXPECT_THAT(write(reader.get(), "x", 1), FailsWith(EBADF));
  EXPECT_THAT(read(writer.get(), &byte, 1), FailsWith(EBADF));
  EXPECT_THAT(ftruncate(reader.get(), 0), FailsWith(EINVAL));
  EXPECT_THAT(truncate(path("no").c_str(), 0), FailsWith(ENOENT));
  const char* volatile nowhere = nullptr;
  EXPECT_THAT(open(nowhere, O_RDONLY), FailsWith(EFAULT));
}

TEST_F(Files, ManyBytesComeBack) {
  std::string text;
  for (int i = 0; text.size() < 3000000; ++i) text += std::to_string(i) + " bottles\n";
  const Fd file = open_file(path("large"), O_RDWR | O_CREAT);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = write(file.get(), text.data() + done, text.size() - done);
    ASSERT_GT(put, 0);
    done += static_cast<std::size_t>(put);
  }
  EXPECT_THAT(fsync(file.get()), Succeeds());
  EXPECT_THAT(fdatasync(file.get()), Succeeds());
  EXPECT_TRUE(read_file(path("large")) == text);
}

TEST_F(Files, CopiesInTheKernelOrSaysNo) {
  write_file(path("from"), "to be copied");
  const Fd from = open_file(path("from"), O_RDONLY);
  const Fd to = open_file(path("to"), O_RDWR | O_CREAT);
  EXPECT_EQ(sendfile(to.get(), from.get(), nullptr, 100), 12);
  EXPECT_EQ(read_file(path("to")), "to be copied");
  EXPECT_EQ(lseek(from.get(), 0, SEEK_CUR), 12);
  off64_t start = 0;
  EXPECT_THAT(copy_file_range(from.get(), &start, to.get(), nullptr, 100, 0),
              AnyOf(Succeeds(), FailsWith(EOPNOTSUPP)));
}

TEST_F(Files, RoomAheadOfTime) {
  const Fd file = open_file(path("a"), O_RDWR | O_CREAT);
  EXPECT_EQ(write(file.get(), "kept", 4), 4);
  EXPECT_EQ(posix_fallocate(file.get(), 0, 20000), 0);
  EXPECT_EQ(status_of(path("a")).st_size, 20000);
  EXPECT_EQ(read_file(path("a")).substr(0, 4), "kept");
  EXPECT_EQ(posix_fallocate(file.get(), 0, 0), EINVAL);
  EXPECT_EQ(posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL), 0);
  EXPECT_THAT(fallocate(file.get(), 0, 0, 30000), AnyOf(Succeeds(), FailsWith(EOPNOTSUPP)));
}

TEST_F(Files, LocksBetweenOpenFiles) {
  const Fd one = open_file(path("a"), O_RDWR | O_CREAT);
  const Fd other = open_file(path("a"), O_RDWR);
  EXPECT_THAT(flock(one.get(), LOCK_EX), Succeeds());
  EXPECT_THAT(flock(other.get(), LOCK_EX | LOCK_NB), FailsWith(EWOULDBLOCK));
  EXPECT_THAT(flock(one.get(), LOCK_UN), Succeeds());
  EXPECT_THAT(flock(other.get(), LOCK_SH | LOCK_NB), Succeeds());
}

TEST_F(Files, LocksBetweenProcesses) {
  const Fd file = open_file(path("a"), O_RDWR | O_CREAT);
  ASSERT_THAT(lockf(file.get(), F_LOCK, 10), Succeeds());
  const pid_t child = fork();
  if (child == 0) {
    const bool refused = lockf(file.get(), F_TLOCK, 10) == -1 &&
                         (errno == EAGAIN || errno == EACCES) &&
                         lockf(file.get(), F_TEST, 10) == -1;
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(lockf(file.get(), F_ULOCK, 10), Succeeds());
}

// -- what stat tells --

TEST_F(Files, StatByEveryWay) {
  write_file(path("a"), "12345");
  const struct stat by_name = status_of(path("a"));
  EXPECT_EQ(by_name.st_size, 5);
  EXPECT_EQ(by_name.st_nlink, 1U);
  EXPECT_TRUE(S_ISREG(by_name.st_mode));
  const Fd file = open_file(path("a"), O_RDONLY);
  struct stat other {};
  EXPECT_THAT(fstat(file.get(), &other), Succeeds());
  EXPECT_EQ(other.st_ino, by_name.st_ino);
  EXPECT_EQ(other.st_dev, by_name.st_dev);
  EXPECT_THAT(fstatat(file.get(), "", &other, AT_EMPTY_PATH), Succeeds());
  EXPECT_EQ(other.st_ino, by_name.st_ino);
  struct statx extended {};
  EXPECT_THAT(
      statx(AT_FDCWD, path("a").c_str(), AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, &extended),
      Succeeds());
  EXPECT_EQ(extended.stx_size, 5U);
  EXPECT_EQ(extended.stx_ino, by_name.st_ino);
  EXPECT_THAT(syscall(SYS_stat, path("a").c_str(), &other), Succeeds());
  EXPECT_EQ(other.st_size, 5);
  EXPECT_THAT(stat(path("b").c_str(), &other), FailsWith(ENOENT));
}

TEST_F(Files, StatOfLinks) {
  write_file(path("a"), "12345");
  ASSERT_THAT(symlink("a", path("link").c_str()), Succeeds());
  EXPECT_TRUE(S_ISLNK(status_of(path("link")).st_mode));
  EXPECT_EQ(status_of(path("link")).st_size, 1);
  struct stat followed {};
  EXPECT_THAT(stat(path("link").c_str(), &followed), Succeeds());
  EXPECT_EQ(followed.st_size, 5);
  ASSERT_THAT(link(path("a").c_str(), path("second").c_str()), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_nlink, 2U);
  EXPECT_EQ(status_of(path("a")).st_ino, status_of(path("second")).st_ino);
}

TEST_F(Files, IsNoFileOfTheHost) {
  struct stat host {};
  ASSERT_THAT(stat("/proc/self/exe", &host), Succeeds());
  write_file(path("a"), "");
  const struct stat ours = status_of(path("a"));
  EXPECT_FALSE(ours.st_dev == host.st_dev && ours.st_ino == host.st_ino);
}

TEST_F(Files, Access) {
  write_file(path("a"), "");
  EXPECT_THAT(access(path("a").c_str(), R_OK | W_OK), Succeeds());
  EXPECT_THAT(faccessat(AT_FDCWD, path("a").c_str(), R_OK, AT_EACCESS), Succeeds());
  EXPECT_THAT(access(path("a").c_str(), X_OK), FailsWith(EACCES));
  EXPECT_THAT(access(path("b").c_str(), F_OK), FailsWith(ENOENT));
}

TEST_F(Files, FileSystems) {
  struct statfs status {};
  EXPECT_THAT(statfs(directory().c_str(), &status), Succeeds());
  EXPECT_NE(status.f_type, 0);
  EXPECT_GT(status.f_blocks, 0U);
  EXPECT_GE(status.f_blocks, status.f_bfree);
  struct statvfs other {};
  EXPECT_THAT(statvfs(directory().c_str(), &other), Succeeds());
  EXPECT_EQ(other.f_blocks, status.f_blocks);
  EXPECT_EQ(other.f_namemax, 255U);
  const Fd opened = open_file(directory(), O_RDONLY);
  EXPECT_THAT(fstatfs(opened.get(), &status), Succeeds());
  EXPECT_EQ(other.f_blocks, status.f_blocks);
  EXPECT_EQ(pathconf(directory().c_str(), _PC_NAME_MAX), 255);
  EXPECT_EQ(fpathconf(opened.get(), _PC_NAME_MAX), 255);
  EXPECT_THAT(syncfs(opened.get()), Succeeds());
  sync();
}

// -- what changes it --

TEST_F(Files, Permissions) {
  write_file(path("a"), "");
  EXPECT_THAT(chmod(path("a").c_str(), 0751), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_mode & kPermissions, 0751U);
  const Fd file = open_file(path("a"), O_RDONLY);
  EXPECT_THAT(fchmod(file.get(), 0604), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_mode & kPermissions, 0604U);
  EXPECT_THAT(chmod(path("b").c_str(), 0600), FailsWith(ENOENT));
}

TEST_F(Files, CreationMask) {
  const mode_t before = umask(027);
  open_file(path("a"), O_WRONLY | O_CREAT, 0666);
  EXPECT_THAT(mkdir(path("d").c_str(), 0777), Succeeds());
  EXPECT_EQ(umask(before), 027U);
  EXPECT_EQ(status_of(path("a")).st_mode & kPermissions, 0640U);
  EXPECT_EQ(status_of(path("d")).st_mode & 0777U, 0750U);
}

TEST_F(Files, Owners) {
  write_file(path("a"), "");
  ASSERT_THAT(symlink("a", path("link").c_str()), Succeeds());
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  EXPECT_THAT(chown(path("a").c_str(), 12, 34), Succeeds());
  EXPECT_THAT(lchown(path("link").c_str(), 56, 78), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_uid, 12U);
  EXPECT_EQ(status_of(path("a")).st_gid, 34U);
  EXPECT_EQ(status_of(path("link")).st_uid, 56U);
  const Fd file = open_file(path("a"), O_RDONLY);
  EXPECT_THAT(fchown(file.get(), 0, static_cast<gid_t>(-1)), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_uid, 0U);
  EXPECT_EQ(status_of(path("a")).st_gid, 34U);
}

TEST_F(Files, Times) {
  write_file(path("a"), "");
  const std::array<timespec, 2> times{{{1000000000, 0}, {1234567890, 0}}};
  EXPECT_THAT(utimensat(AT_FDCWD, path("a").c_str(), times.data(), 0), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_atime, 1000000000);
  EXPECT_EQ(status_of(path("a")).st_mtime, 1234567890);
  const Fd file = open_file(path("a"), O_RDWR);
  const std::array<timespec, 2> partial{{{0, UTIME_OMIT}, {0, UTIME_NOW}}};
  EXPECT_THAT(futimens(file.get(), partial.data()), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_atime, 1000000000);
  EXPECT_GT(status_of(path("a")).st_mtime, 1500000000);
  const std::array<timeval, 2> seconds{{{5, 0}, {6, 0}}};
  EXPECT_THAT(utimes(path("a").c_str(), seconds.data()), Succeeds());
  EXPECT_EQ(status_of(path("a")).st_mtime, 6);
}

TEST_F(Files, Lengths) {
  write_file(path("a"), "0123456789");
  EXPECT_THAT(truncate(path("a").c_str(), 4), Succeeds());
  EXPECT_EQ(read_file(path("a")), "0123");
  const Fd file = open_file(path("a"), O_RDWR);
  EXPECT_THAT(ftruncate(file.get(), 6), Succeeds());
  EXPECT_EQ(read_file(path("a")), std::string("0123\0\0", 6));
  EXPECT_THAT(ftruncate(file.get(), -1), FailsWith(EINVAL));
}

TEST_F(Files, ExtendedAttributesAreThereOrRefused) {
  write_file(path("a"), "");
  const char* const name = "user.colour";
  const int set = setxattr(path("a").c_str(), name, "blue", 4, 0);
  if (set == -1) {
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_THAT(getxattr(path("a").c_str(), name, nullptr, 0), FailsWith(EOPNOTSUPP));
    EXPECT_THAT(listxattr(path("a").c_str(), nullptr, 0), AnyOf(0, FailsWith(EOPNOTSUPP)));
  } else {
    EXPECT_EQ(getxattr(path("a").c_str(), name, nullptr, 0), 4);
  }
}

}  // namespace
}  // namespace farcall::conformance
