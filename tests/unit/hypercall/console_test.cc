// Console output and termination.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "rump/rumpuser.h"

namespace farcall::test {
namespace {

void put(const std::string& text) {
  for (const char c : text) rumpuser_putchar(c);
}

TEST(Console, CharactersComeOutInLines) {
  ::testing::internal::CaptureStderr();
  put("one line\nand a");
  rumpuser_dprintf("%s %d|", "debug", 42);
  put("nother\n");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "one line\ndebug 42|and another\n");
}

TEST(Console, LongLineIsNotLost) {
  const std::string line = std::string(1000, 'x') + "\n";
  ::testing::internal::CaptureStderr();
  put(line);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), line);
}

class TerminationDeathTest : public ::testing::Test {
 protected:
  TerminationDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(TerminationDeathTest, ExitHasTheKernelsStatus) {
  EXPECT_EXIT(rumpuser_exit(0), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(rumpuser_exit(7), ::testing::ExitedWithCode(7), "");
}

TEST_F(TerminationDeathTest, PanicLeavesACore) {
  EXPECT_EXIT(
      {
        put("panic: last words");
        rumpuser_exit(RUMPUSER_PANIC);
      },
      ::testing::KilledBySignal(SIGABRT), "last words");
}

TEST_F(TerminationDeathTest, PanicTellsWhereItHappened) {
  EXPECT_DEATH(rumpuser_exit(RUMPUSER_PANIC),
               "the kernel has panicked in thread .*; its stack:\n"
               "  #0 .*rumpuser_exit\\+0x.*\\(.*librumpuser.*\\+0x[0-9a-f]+\\)\n"
               "  #1 .*PanicTellsWhereItHappened");
}

}  // namespace
}  // namespace farcall::test
