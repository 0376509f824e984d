// What a process is: ids, groups, sessions, limits, credentials.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class ProcessTest : public KernelTest {};

TEST_F(ProcessTest, BeginsAsTheSuperuser) {
  EXPECT_THAT(call(NB_SYS_getuid), Returns(0));
  EXPECT_THAT(call(NB_SYS_geteuid), Returns(0));
  EXPECT_THAT(call(NB_SYS_issetugid), Returns(0));
}

TEST_F(ProcessTest, WhatIsGivenUpIsGone) {
  EXPECT_THAT(call(NB_SYS_setgid, 20), Succeeds());
  EXPECT_THAT(call(NB_SYS_setuid, 10), Succeeds());
  Outcome uid = call(NB_SYS_getuid);
  EXPECT_EQ(uid.value, 10);
  EXPECT_EQ(uid.second, 10);
  EXPECT_THAT(call(NB_SYS_setuid, 0), FailsWith(NB_EPERM));
  EXPECT_THAT(call(NB_SYS_setgid, 0), FailsWith(NB_EPERM));
  std::uint32_t group = 0;
  EXPECT_THAT(call(NB_SYS_setgroups, 1, &group), FailsWith(NB_EPERM));
}

TEST_F(ProcessTest, TheEffectiveIdCanComeBack) {
  EXPECT_THAT(call(NB_SYS_seteuid, 5), Succeeds());
  EXPECT_THAT(call(NB_SYS_geteuid), Returns(5));
  EXPECT_THAT(call(NB_SYS_seteuid, 6), FailsWith(NB_EPERM));
  EXPECT_THAT(call(NB_SYS_seteuid, 0), Succeeds());
  EXPECT_THAT(call(NB_SYS_setreuid, -1, 7), Succeeds());
  EXPECT_THAT(call(NB_SYS_geteuid), Returns(7));
}

TEST_F(ProcessTest, GroupsComeBackAsTheyWereSet) {
  std::uint32_t groups[] = {1, 2, 3}, read[3] = {};
  EXPECT_THAT(call(NB_SYS_setgroups, 3, groups), Succeeds());
  EXPECT_THAT(call(NB_SYS_getgroups, 0, nullptr), Returns(3));
  EXPECT_THAT(call(NB_SYS_getgroups, 2, read), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_getgroups, 3, read), Returns(3));
  EXPECT_THAT(read, ::testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(call(NB_SYS_setgroups, -1, groups), FailsWith(NB_EINVAL));
}

TEST_F(ProcessTest, ASessionBeginsOnce) {
  long self = pid();
  EXPECT_THAT(call(NB_SYS_setsid), Returns(self));
  EXPECT_THAT(call(NB_SYS_getsid, 0), Returns(self));
  EXPECT_THAT(call(NB_SYS_getpgrp), Returns(self));
  EXPECT_THAT(call(NB_SYS_setsid), FailsWith(NB_EPERM));
  EXPECT_THAT(call(NB_SYS_getpgid, 29999), FailsWith(NB_ESRCH));
}

TEST_F(ProcessTest, AGroupOfItsOwn) {
  EXPECT_THAT(call(NB_SYS_setpgid, 0, 0), Succeeds());
  EXPECT_THAT(call(NB_SYS_getpgid, 0), Returns(pid()));
  EXPECT_THAT(call(NB_SYS_setpgid, 0, 29999), FailsWith(NB_EPERM));
}

TEST_F(ProcessTest, UmaskReturnsThePrevious) {
  EXPECT_THAT(call(NB_SYS_umask, 027), Returns(022));
  EXPECT_THAT(call(NB_SYS_umask, 0), Returns(027));
}

TEST_F(ProcessTest, LimitsOutOfRangeAreRefused) {
  netbsd::rlimit limit{2, 1};
  EXPECT_THAT(call(NB_SYS_setrlimit, NB_RLIMIT_STACK, &limit), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_getrlimit, -1, &limit), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_getrlimit, 12, &limit), FailsWith(NB_EINVAL));
}

TEST_F(ProcessTest, ItsDirectoryIsTheRoot) {
  char path[8] = {};
  EXPECT_THAT(call(NB_SYS___getcwd, path, sizeof path), Returns(2));
  EXPECT_STREQ(path, "/");
  EXPECT_THAT(call(NB_SYS___getcwd, path, 1), FailsWith(NB_ERANGE));
}

}  // namespace
}  // namespace farcall::testing
