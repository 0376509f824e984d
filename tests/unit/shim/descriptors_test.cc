// Linux's rules for descriptor numbers, held by placeholders: on real host descriptors and a fake
// kernel.
#include "shim/descriptors/descriptors.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "fake_kernel.h"
#include "shim/descriptors/placeholder.h"

namespace farcall::shim {
namespace {

using testing::closed_kernel_fds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

int lowest_free() {
  const int fd = ::dup(STDERR_FILENO);
  ::close(fd);
  return fd;
}

int adopt(int kfd, bool close_on_exec = false) {
  return static_cast<int>(descriptors::adopt(kfd, close_on_exec));
}

bool closes_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

class Descriptors : public ::testing::Test {
 protected:
  void SetUp() override { closed_kernel_fds().clear(); }
  void TearDown() override { descriptors::close_range(base_, 899, 0); }
  const unsigned base_ = static_cast<unsigned>(lowest_free());
};

TEST_F(Descriptors, ANewOneTakesTheLowestNumber) {
  const int expected = lowest_free();
  EXPECT_EQ(adopt(4), expected);
  EXPECT_EQ(descriptors::kernel_fd(expected), 4);
  EXPECT_EQ(lowest_free(), expected + 1);
}

TEST_F(Descriptors, HostDescriptorsAreNotTheKernels) {
  EXPECT_EQ(descriptors::kernel_fd(0), -1);
  EXPECT_EQ(descriptors::kernel_fd(-1), -1);
  EXPECT_EQ(descriptors::kernel_fd(1 << 30), -1);
  EXPECT_EQ(descriptors::kernel_fd(0x7fffffff), -1);
}

TEST_F(Descriptors, AStrayHostReadFails) {
  const int fd = adopt(4);
  char byte;
  EXPECT_EQ(::read(fd, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

TEST_F(Descriptors, CloseOnExecIsPerDescriptor) {
  const int first = adopt(4, true);
  const int second = static_cast<int>(descriptors::duplicate(first, 0, false));
  EXPECT_TRUE(closes_on_exec(first));
  EXPECT_FALSE(closes_on_exec(second));
}

TEST_F(Descriptors, TheKernelClosesWithTheLastName) {
  const int first = adopt(4);
  const int second = static_cast<int>(descriptors::duplicate(first, 0, false));
  EXPECT_EQ(descriptors::kernel_fd(second), 4);
  EXPECT_EQ(descriptors::close(first), 0);
  EXPECT_THAT(closed_kernel_fds(), IsEmpty());
  EXPECT_EQ(descriptors::close(second), 0);
  EXPECT_THAT(closed_kernel_fds(), ElementsAre(4));
  EXPECT_EQ(descriptors::close(second), -EBADF);
}

TEST_F(Descriptors, DuplicatesStartWhereAsked) {
  const int fd = adopt(4);
  EXPECT_EQ(descriptors::duplicate(fd, 100, true), 100);
  EXPECT_TRUE(closes_on_exec(100));
  EXPECT_EQ(descriptors::kernel_fd(100), 4);
}

TEST_F(Descriptors, ReplaceWorksOntoAnyNumberAndKind) {
  const int kernel = adopt(4);
  const int other = adopt(5);
  EXPECT_EQ(descriptors::replace(kernel, 300, 0), 300) << "a free number";
  EXPECT_EQ(descriptors::kernel_fd(300), 4);
  EXPECT_EQ(descriptors::replace(kernel, other, 0), other) << "a kernel descriptor";
  EXPECT_THAT(closed_kernel_fds(), ElementsAre(5));
  EXPECT_EQ(descriptors::replace(STDERR_FILENO, other, 0), other) << "the host's onto the kernel's";
  EXPECT_EQ(descriptors::kernel_fd(other), -1);
  EXPECT_THAT(closed_kernel_fds(), ElementsAre(5)) << "4 has more names";
  EXPECT_EQ(descriptors::replace(kernel, other, O_CLOEXEC), other)
      << "the kernel's onto the host's";
  EXPECT_TRUE(closes_on_exec(other));
}

TEST_F(Descriptors, ReplaceRefusesAsDup3Does) {
  const int fd = adopt(4);
  EXPECT_EQ(descriptors::replace(fd, fd, 0), -EINVAL);
  EXPECT_EQ(descriptors::replace(fd, -1, 0), -EBADF);
  EXPECT_EQ(descriptors::replace(499, fd, 0), -EBADF);
  EXPECT_EQ(descriptors::kernel_fd(fd), 4) << "a failure leaves the target alone";
}

TEST_F(Descriptors, CloseRangeTakesBothKindsAndSparesOurs) {
  const int kernel = adopt(4);
  const int host = ::dup(STDERR_FILENO);
  const int client = ::dup(STDERR_FILENO);
  const int last = adopt(5);
  testing::client_fds().insert(client);
  EXPECT_EQ(descriptors::close_range(static_cast<unsigned>(kernel), ~0U, 0), 0);
  EXPECT_THAT(closed_kernel_fds(), UnorderedElementsAre(4, 5));
  EXPECT_EQ(::fcntl(host, F_GETFD), -1);
  EXPECT_EQ(::fcntl(last, F_GETFD), -1);
  EXPECT_NE(::fcntl(client, F_GETFD), -1);
  EXPECT_EQ(descriptors::close(client), -EBADF) << "not the program's to close";
  testing::client_fds().clear();
  ::close(client);
}

TEST_F(Descriptors, CloseRangeCanMarkForExecOnly) {
  const int fd = adopt(4);
  const auto number = static_cast<unsigned>(fd);
  EXPECT_EQ(descriptors::close_range(number, number, CLOSE_RANGE_CLOEXEC), 0);
  EXPECT_TRUE(closes_on_exec(fd));
  EXPECT_EQ(descriptors::kernel_fd(fd), 4);
  EXPECT_EQ(descriptors::close_range(5, 4, 0), -EINVAL);
}

TEST_F(Descriptors, ReplaceMovesTheClientsDescriptorAway) {
  const int client = ::dup(STDERR_FILENO);
  testing::client_fds().insert(client);
  const int fd = adopt(4);
  EXPECT_EQ(descriptors::replace(fd, client, 0), client);
  EXPECT_EQ(descriptors::kernel_fd(client), 4);
  const int moved = *testing::client_fds().begin();
  EXPECT_NE(moved, client);
  testing::client_fds().clear();
  ::close(moved);
}

TEST_F(Descriptors, InternalOnesAreOutOfTheWay) {
  const long fd = descriptors::make_internal(::dup(STDERR_FILENO));
  ASSERT_GE(fd, 900);
  const int number = static_cast<int>(fd);
  EXPECT_TRUE(closes_on_exec(number));
  EXPECT_EQ(descriptors::close(number), -EBADF);
  EXPECT_EQ(descriptors::replace(STDERR_FILENO, number, 0), -EBUSY);
  descriptors::close_internal(number);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

// After exec nothing is left but the placeholders.
TEST_F(Descriptors, RebuildFindsInheritedPlaceholders) {
  const int first = static_cast<int>(placeholder::make(40, false));
  const int second = ::dup(first);
  ASSERT_EQ(descriptors::kernel_fd(first), -1);
  ASSERT_EQ(descriptors::rebuild(), 0);
  EXPECT_EQ(descriptors::kernel_fd(first), 40);
  EXPECT_EQ(descriptors::kernel_fd(second), 40);
  EXPECT_TRUE(descriptors::is_named(40));
  EXPECT_FALSE(descriptors::is_named(41));
  descriptors::close(first);
  EXPECT_THAT(closed_kernel_fds(), IsEmpty());
  descriptors::close(second);
  EXPECT_THAT(closed_kernel_fds(), ElementsAre(40));
}

TEST_F(Descriptors, AFailedAdoptionClosesTheKernels) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{static_cast<rlim_t>(lowest_free()), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const int result = adopt(4);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(result, -EMFILE);
  EXPECT_THAT(closed_kernel_fds(), ElementsAre(4));
}

}  // namespace
}  // namespace farcall::shim
