// errno translation.
#include <cerrno>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

TEST(Errno, DiffersWhereTheSystemsDo) {
  EXPECT_EQ(rumpuser_component_errtrans(EAGAIN), NB_EAGAIN);
  EXPECT_EQ(rumpuser_component_errtrans(EDEADLK), NB_EDEADLK);
  EXPECT_EQ(rumpuser_component_errtrans(ENAMETOOLONG), NB_ENAMETOOLONG);
  EXPECT_EQ(rumpuser_component_errtrans(EADDRINUSE), NB_EADDRINUSE);
  EXPECT_EQ(rumpuser_component_errtrans(EOPNOTSUPP), NB_EOPNOTSUPP);
  EXPECT_EQ(rumpuser_component_errtrans(EPROTO), NB_EPROTO);
}

TEST(Errno, IsTheSameInTheFirstEditionsOfUnix) {
  for (int value = 1; value < EAGAIN; ++value) EXPECT_EQ(rumpuser_component_errtrans(value), value);
}

TEST(Errno, SuccessStaysSuccess) { EXPECT_EQ(rumpuser_component_errtrans(0), 0); }

TEST(Errno, EveryHostValueBecomesOneOfNetbsds) {
  for (int value = 1; value < 200; ++value) {
    const int netbsd = rumpuser_component_errtrans(value);
    EXPECT_GT(netbsd, 0) << value;
    EXPECT_LE(netbsd, NB_ELAST) << value;
  }
}

TEST(Errno, UnknownIsEinval) {
  EXPECT_EQ(rumpuser_component_errtrans(-1), NB_EINVAL);
  EXPECT_EQ(rumpuser_component_errtrans(100'000), NB_EINVAL);
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
