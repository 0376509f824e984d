// Files and I/O.
#include <array>
#include <climits>
#include <cstring>
#include <vector>

#include "fake_kernel.h"
#include "netbsd/constants.h"
#include "temporary_file.h"

namespace farcall::test {
namespace {

class Files : public HypercallTest {
 protected:
  static int open(const std::string& name, int flags, int* fd) {
    return in_kernel([&] { return rumpuser_open(name.c_str(), flags, fd); });
  }
  int must_open(int flags) {
    int fd = -1;
    EXPECT_EQ(open(directory_.file(), flags, &fd), 0);
    return fd;
  }
  static int close(int fd) {
    return in_kernel([&] { return rumpuser_close(fd); });
  }

  TemporaryDirectory directory_;
};

TEST_F(Files, OpenCreatesOnlyWhenAsked) {
  int fd = -1;
  EXPECT_EQ(open(directory_.file(), RUMPUSER_OPEN_RDWR, &fd), NB_ENOENT);
  EXPECT_EQ(open(directory_.file(), RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE, &fd), 0);
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(
      open(directory_.file(), RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE | RUMPUSER_OPEN_EXCL, &fd),
      NB_EEXIST);
}

TEST_F(Files, ErrorsAreNetbsds) {
  int fd = -1;
  EXPECT_EQ(open(std::string(PATH_MAX + 1, 'x'), RUMPUSER_OPEN_RDONLY, &fd), NB_ENAMETOOLONG);
  EXPECT_EQ(open(directory_.path(), RUMPUSER_OPEN_ACCMODE, &fd), NB_EINVAL);
  EXPECT_EQ(open(directory_.path(), RUMPUSER_OPEN_RDWR, &fd), NB_EISDIR);
  EXPECT_EQ(close(-1), NB_EBADF);
}

TEST_F(Files, AllGiveUpTheCpu) {
  directory_.write("content");
  int fd = -1;
  std::array<char, 4> buffer;
  rumpuser_iovec part = {buffer.data(), buffer.size()};
  size_t transferred = 0;
  EXPECT_EQ(releases_in([&] { rumpuser_open(directory_.file().c_str(), RUMPUSER_OPEN_RDWR, &fd); }),
            1);
  EXPECT_EQ(releases_in([&] { rumpuser_iovread(fd, &part, 1, 0, &transferred); }), 1);
  EXPECT_EQ(releases_in([&] { rumpuser_iovwrite(fd, &part, 1, 0, &transferred); }), 1);
  EXPECT_EQ(releases_in([&] { rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH, 0, 0); }), 1);
  EXPECT_EQ(releases_in([&] { rumpuser_getfileinfo("/", nullptr, nullptr); }), 1);
  EXPECT_EQ(releases_in([&] { rumpuser_close(fd); }), 1);
}

TEST_F(Files, ScatterAndGatherAtAnOffset) {
  const int fd = must_open(RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE);
  std::string hello = "hello, ";
  std::string world = "world";
  const rumpuser_iovec out[] = {{hello.data(), hello.size()}, {world.data(), world.size()}};
  size_t transferred = 0;
  EXPECT_EQ(in_kernel([&] { return rumpuser_iovwrite(fd, out, 2, 3, &transferred); }), 0);
  EXPECT_EQ(transferred, 12U);
  EXPECT_EQ(directory_.read(), std::string(3, '\0') + "hello, world");

  std::array<char, 4> first;
  std::array<char, 100> second;
  rumpuser_iovec in[] = {{first.data(), first.size()}, {second.data(), second.size()}};
  EXPECT_EQ(in_kernel([&] { return rumpuser_iovread(fd, in, 2, 5, &transferred); }), 0);
  EXPECT_EQ(transferred, 10U);
  EXPECT_EQ(std::string(first.data(), 4) + std::string(second.data(), 6), "llo, world");
  close(fd);
}

TEST_F(Files, WithoutAnOffsetTransfersFollowEachOther) {
  const int fd = must_open(RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE);
  std::string text = "ab";
  const rumpuser_iovec out = {text.data(), text.size()};
  size_t transferred = 0;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(in_kernel([&] {
                return rumpuser_iovwrite(fd, &out, 1, RUMPUSER_IOV_NOSEEK, &transferred);
              }),
              0);
  }
  EXPECT_EQ(directory_.read(), "abab");
  close(fd);
}

TEST_F(Files, TransfersRefuseNonsense) {
  std::array<char, 4> buffer;
  std::vector<rumpuser_iovec> parts(IOV_MAX + 1, {buffer.data(), 1});
  size_t transferred = 0;
  EXPECT_EQ(
      in_kernel([&] { return rumpuser_iovread(0, parts.data(), parts.size(), 0, &transferred); }),
      NB_EINVAL);
  EXPECT_EQ(in_kernel([&] { return rumpuser_iovwrite(0, parts.data(), 1, -2, &transferred); }),
            NB_EINVAL);
  EXPECT_EQ(in_kernel([&] { return rumpuser_iovread(-1, parts.data(), 1, 0, &transferred); }),
            NB_EBADF);
}

TEST_F(Files, ReadThatWaitsLeavesTheCpuToOthers) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int before = kernel_.releases();
  char got = 0;
  std::thread reader([&] {
    rumpuser_iovec part = {&got, 1};
    size_t transferred = 0;
    EXPECT_EQ(in_kernel([&] {
                return rumpuser_iovread(ends[0], &part, 1, RUMPUSER_IOV_NOSEEK, &transferred);
              }),
              0);
  });
  kernel_.await_releases(before + 1);
  char sent = 'x';
  const rumpuser_iovec part = {&sent, 1};
  size_t transferred = 0;
  EXPECT_EQ(in_kernel([&] {
              return rumpuser_iovwrite(ends[1], &part, 1, RUMPUSER_IOV_NOSEEK, &transferred);
            }),
            0);
  reader.join();
  EXPECT_EQ(got, 'x');
  close(ends[0]);
  close(ends[1]);
}

TEST_F(Files, InfoTellsTypeAndSize) {
  directory_.write("12345");
  uint64_t size = 0;
  int type = -1;
  auto info = [&](const std::string& name) {
    return in_kernel([&] { return rumpuser_getfileinfo(name.c_str(), &size, &type); });
  };
  EXPECT_EQ(info(directory_.file()), 0);
  EXPECT_EQ(size, 5U);
  EXPECT_EQ(type, RUMPUSER_FT_REG);
  EXPECT_EQ(info(directory_.path()), 0);
  EXPECT_EQ(type, RUMPUSER_FT_DIR);
  EXPECT_EQ(info("/dev/null"), 0);
  EXPECT_EQ(type, RUMPUSER_FT_CHR);
  EXPECT_EQ(info(directory_.path() + "/none"), NB_ENOENT);
}

TEST_F(Files, SyncWantsADirection) {
  const int fd = must_open(RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE);
  auto sync = [&](int flags, uint64_t start = 0, uint64_t length = 0) {
    return in_kernel([&] { return rumpuser_syncfd(fd, flags, start, length); });
  };
  EXPECT_EQ(sync(0), NB_EINVAL);
  EXPECT_EQ(sync(RUMPUSER_SYNCFD_SYNC), NB_EINVAL);
  EXPECT_EQ(sync(RUMPUSER_SYNCFD_READ), 0);
  EXPECT_EQ(sync(RUMPUSER_SYNCFD_WRITE, 4096, 4096), 0);
  EXPECT_EQ(sync(RUMPUSER_SYNCFD_BOTH | RUMPUSER_SYNCFD_BARRIER | RUMPUSER_SYNCFD_SYNC), 0);
  close(fd);
}

}  // namespace
}  // namespace farcall::test
