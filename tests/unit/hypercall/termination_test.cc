// The end of a kernel that cannot go on.
#include <gtest/gtest.h>

#include "rump/rumpuser.h"

namespace {

TEST(TerminationDeathTest, PanicTellsWhereItHappened) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(rumpuser_exit(RUMPUSER_PANIC),
               "the kernel has panicked in thread .*; its stack:\n"
               "  #0 .*rumpuser_exit\\+0x.*\\(.*librumpuser.*\\+0x[0-9a-f]+\\)\n"
               "  #1 .*PanicTellsWhereItHappened");
}

TEST(TerminationDeathTest, ExitHasTheKernelsStatus) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(rumpuser_exit(3), testing::ExitedWithCode(3), "");
}

}  // namespace
