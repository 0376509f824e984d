// errno translation.
#include <cerrno>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

TEST(Errno, DiffersWhereTheSystemsDo) {
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(EAGAIN), NB_EAGAIN);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(EDEADLK), NB_EDEADLK);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(ENAMETOOLONG), NB_ENAMETOOLONG);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(EADDRINUSE), NB_EADDRINUSE);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(EOPNOTSUPP), NB_EOPNOTSUPP);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(EPROTO), NB_EPROTO);
}

TEST(Errno, IsTheSameInTheFirstEditionsOfUnix) {
  for (int value = 1; value < EAGAIN; ++value)
    EXPECT_EQ(farcall_hypercall_errno_to_netbsd(value), value);
}

TEST(Errno, SuccessStaysSuccess) { EXPECT_EQ(farcall_hypercall_errno_to_netbsd(0), 0); }

TEST(Errno, EveryHostValueBecomesOneOfNetbsds) {
  for (int value = 1; value < 200; ++value) {
    const int netbsd = farcall_hypercall_errno_to_netbsd(value);
    EXPECT_GT(netbsd, 0) << value;
    EXPECT_LE(netbsd, NB_ELAST) << value;
  }
}

TEST(Errno, UnknownIsEinval) {
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(-1), NB_EINVAL);
  EXPECT_EQ(farcall_hypercall_errno_to_netbsd(100'000), NB_EINVAL);
}

TEST(Errno, SetOnesAreThisThreads) {
  errno = 0;
  rumpuser_seterrno(NB_EAGAIN);
  EXPECT_EQ(errno, NB_EAGAIN);
  std::thread([] { rumpuser_seterrno(1); }).join();
  EXPECT_EQ(errno, NB_EAGAIN);
}

}  // namespace
}  // namespace farcall::test
