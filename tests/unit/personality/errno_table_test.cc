#include "personality/netbsd.h"

#include "farcall/host_numbers.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace farcall::personality {
namespace {

TEST(ErrnoTable, EveryErrnoOfNetbsdHasAMeaning) {
  EXPECT_EQ(errno_from_netbsd(0), 0);
  for (int code = 1; code <= NB_ELAST; ++code) {
    EXPECT_GT(errno_from_netbsd(code), 0) << code;
    EXPECT_LE(errno_from_netbsd(code), 133) << code;
  }
}

TEST(ErrnoTable, NumbersThatDifferAreTranslated) {
  EXPECT_EQ(errno_from_netbsd(NB_EAGAIN), EAGAIN);
  EXPECT_EQ(errno_from_netbsd(NB_EINPROGRESS), EINPROGRESS);
  EXPECT_EQ(errno_from_netbsd(NB_ECONNREFUSED), ECONNREFUSED);
  EXPECT_EQ(errno_from_netbsd(NB_EADDRINUSE), EADDRINUSE);
  EXPECT_EQ(errno_from_netbsd(NB_ENOSYS), ENOSYS);
  EXPECT_EQ(errno_from_netbsd(NB_EPROTO), EPROTO);
}

TEST(ErrnoTable, OneOfOneBecomesItself) {
  // The first 34 are Unix's, except for EDEADLK which took the place of EAGAIN.
  for (int code = 1; code <= 34; ++code) {
    if (code == NB_EDEADLK) continue;
    EXPECT_EQ(errno_from_netbsd(code), code);
  }
}

TEST(ErrnoTable, UnknownOnesAreInputOutputErrors) {
  for (const int code : {-6, -1, NB_ELAST + 1, 1000, INT32_MAX}) {
    EXPECT_EQ(errno_from_netbsd(code), EIO) << code;
  }
}

}  // namespace
}  // namespace farcall::personality
