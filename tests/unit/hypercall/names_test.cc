// Special names of rumpuser_open.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

// "buffer:SIZE": memory of that size.
std::size_t buffer_size(const char* name) {
  return std::strtoul(name + std::strlen("buffer:"), nullptr, 10);
}

int open_buffer(const char* name, int) {
  if (buffer_size(name) == 0) return -EADDRNOTAVAIL;
  const int fd = ::memfd_create("buffer", MFD_CLOEXEC);
  return ::ftruncate(fd, static_cast<off_t>(buffer_size(name))) == 0 ? fd : -errno;
}

int buffer_info(const char* name, uint64_t* size, int* type) {
  *size = buffer_size(name);
  *type = RUMPUSER_FT_BLK;
  return 0;
}

int open_nothing(const char*, int) { return -ENXIO; }

class Names : public HypercallTest {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(farcall_hypercall_register_names("buffer:", open_buffer, buffer_info), 0);
    ASSERT_EQ(farcall_hypercall_register_names("nothing:", open_nothing, nullptr), 0);
  }
  static int open(const char* name, int flags = RUMPUSER_OPEN_RDWR) {
    return in_kernel([&] { return rumpuser_open(name, flags, &fd); });
  }

  static inline int fd = -1;
};

TEST_F(Names, CanStandForMemory) {
  ASSERT_EQ(open("buffer:8192"), 0);
  char sent = 'x';
  const rumpuser_iovec part = {&sent, 1};
  size_t transferred = 0;
  EXPECT_EQ(in_kernel([&] { return rumpuser_iovwrite(fd, &part, 1, 8191, &transferred); }), 0);
  EXPECT_EQ(transferred, 1U);
  EXPECT_EQ(in_kernel([&] { return rumpuser_close(fd); }), 0);
}

TEST_F(Names, CanStandForATapDevice) {
  ASSERT_EQ(open("tap:buffer:8192"), 0);
  EXPECT_EQ(in_kernel([&] { return rumpuser_close(fd); }), 0);
  EXPECT_EQ(open("tap:nothing:"), NB_ENXIO);
}

TEST_F(Names, AnswerForTypeAndSize) {
  uint64_t size = 0;
  int type = -1;
  EXPECT_EQ(in_kernel([&] { return rumpuser_getfileinfo("buffer:100", &size, &type); }), 0);
  EXPECT_EQ(size, 100U);
  EXPECT_EQ(type, RUMPUSER_FT_BLK);
  EXPECT_EQ(in_kernel([&] { return rumpuser_getfileinfo("nothing:", &size, &type); }), 0);
  EXPECT_EQ(size, 0U);
  EXPECT_EQ(type, RUMPUSER_FT_OTHER);
}

TEST_F(Names, ErrorsOfTheirOpenAreTranslated) {
  EXPECT_EQ(open("buffer:0"), NB_EADDRNOTAVAIL);
  EXPECT_EQ(open("nothing:at all"), NB_ENXIO);
}

TEST_F(Names, OthersAreHostPaths) {
  EXPECT_EQ(open("./buffer:8192"), NB_ENOENT);
  EXPECT_EQ(open("unknown:8192"), NB_ENOENT);
  EXPECT_EQ(open("buffer"), NB_ENOENT);
}

TEST_F(Names, PrefixIsAWordAndIsTakenOnce) {
  EXPECT_EQ(farcall_hypercall_register_names("buffer:", open_nothing, nullptr), EEXIST);
  EXPECT_EQ(farcall_hypercall_register_names("tap:", open_nothing, nullptr), EEXIST);
  for (const char* wrong : {"", ":", "word", "two:words:", "/a:"}) {
    EXPECT_EQ(farcall_hypercall_register_names(wrong, open_nothing, nullptr), EINVAL) << wrong;
  }
}

TEST_F(Names, TapWantsADeviceForReadingAndWriting) {
  EXPECT_EQ(open("tap:"), NB_EINVAL);
  EXPECT_EQ(open("tap:sixteencharacter"), NB_EINVAL);
  EXPECT_EQ(open("tap:farcalltest", RUMPUSER_OPEN_RDONLY), NB_EINVAL);
}

}  // namespace
}  // namespace farcall::test
