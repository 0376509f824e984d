// The host half of shmif drivers: a mapped file, and word of writes to it.
#include "rump/shmif.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "fake_kernel.h"
#include "netbsd/constants.h"
#include "temporary_file.h"

namespace farcall::test {
namespace {

constexpr std::size_t kSize = 1 << 16;

class ShmifTest : public HypercallTest {
 protected:
  int open_file() {
    int fd = -1;
    EXPECT_EQ(in_kernel([&] {
                return rumpuser_open(directory_.file().c_str(),
                                     RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE, &fd);
              }),
              0);
    return fd;
  }
  static char* map(int fd) {
    void* memory = nullptr;
    EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_mmap(fd, kSize, &memory); }), 0);
    return static_cast<char*>(memory);
  }

  TemporaryDirectory directory_;
};

TEST_F(ShmifTest, TwoMapsAreOneMemory) {
  const int first = open_file(), second = open_file();
  char* one = map(first);
  char* other = map(second);
  std::strcpy(one + kSize - 16, "shared");
  EXPECT_STREQ(other + kSize - 16, "shared");
  rumpuser_unmap(one, kSize);
  rumpuser_unmap(other, kSize);
  ::close(first);
  ::close(second);
}

TEST_F(ShmifTest, ALargerFileKeepsItsSize) {
  directory_.write(std::string(2 * kSize, 'x'));
  const int fd = open_file();
  char* memory = map(fd);
  EXPECT_EQ(memory[kSize - 1], 'x');
  EXPECT_EQ(directory_.read().size(), 2 * kSize);
  rumpuser_unmap(memory, kSize);
  ::close(fd);
}

TEST_F(ShmifTest, AFileThatIsTooSmallIsLeftAlone) {
  directory_.write("something else");
  const int fd = open_file();
  void* memory = nullptr;
  EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_mmap(fd, kSize, &memory); }), NB_ENOEXEC);
  EXPECT_EQ(directory_.read(), "something else");
  ::close(fd);
}

TEST_F(ShmifTest, WhatCannotBeMappedIsAnError) {
  const int fd = ::open("/dev/null", O_RDWR);
  void* memory = nullptr;
  EXPECT_NE(in_kernel([&] { return rumpcomp_shmif_mmap(fd, kSize, &memory); }), 0);
  EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_mmap(-1, kSize, &memory); }), NB_EBADF);
  ::close(fd);
}

TEST_F(ShmifTest, AWriteEndsTheWait) {
  const int fd = open_file();
  int watch = -1;
  ASSERT_EQ(in_kernel([&] { return rumpcomp_shmif_watchsetup(&watch, fd); }), 0);
  // Written before the wait, and while it waits.
  ASSERT_EQ(::pwrite(fd, "x", 1, 0), 1);
  EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_watchwait(watch); }), 0);
  std::thread writer([fd] { EXPECT_EQ(::pwrite(fd, "y", 1, 0), 1); });
  EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_watchwait(watch); }), 0);
  writer.join();
  ::close(watch);
  ::close(fd);
}

TEST_F(ShmifTest, WhatIsNoFileIsNotWatched) {
  int watch = -1;
  EXPECT_EQ(in_kernel([&] { return rumpcomp_shmif_watchsetup(&watch, -1); }), NB_ENOENT);
  EXPECT_EQ(watch, -1);
}

}  // namespace
}  // namespace farcall::test
