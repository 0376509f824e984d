// Handlers that are held back, and whether there were any.
#include "held_signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace farcall::client {
namespace {

volatile sig_atomic_t handled = 0;

class HeldSignalsTest : public testing::Test {
 protected:
  HeldSignalsTest() {
    struct sigaction action {};
    action.sa_handler = [](int) { handled = handled + 1; };
    sigaction(SIGUSR1, &action, &before_);
    handled = 0;
  }
  ~HeldSignalsTest() override { sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

TEST_F(HeldSignalsTest, TheirHandlersRunWhenTheyAreReleased) {
  HeldSignals held(true);
  raise(SIGUSR1);
  EXPECT_EQ(handled, 0);
  EXPECT_TRUE(held.release());
  EXPECT_EQ(handled, 1);
  EXPECT_FALSE(held.release());
}

TEST_F(HeldSignalsTest, WhatIsIgnoredOrBlockedByTheProgramIsNone) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  {
    HeldSignals held(true);
    raise(SIGURG);
    raise(SIGUSR1);
    EXPECT_FALSE(held.release());
  }
  EXPECT_EQ(handled, 0);
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  EXPECT_EQ(handled, 1);
}

TEST_F(HeldSignalsTest, TheyAreReleasedInTheEnd) {
  {
    const HeldSignals held(true);
    raise(SIGUSR1);
    EXPECT_EQ(handled, 0);
  }
  EXPECT_EQ(handled, 1);
}

TEST_F(HeldSignalsTest, NothingIsHeldThatNeedNotBe) {
  HeldSignals held(false);
  raise(SIGUSR1);
  EXPECT_EQ(handled, 1);
  EXPECT_FALSE(held.release());
}

}  // namespace
}  // namespace farcall::client
