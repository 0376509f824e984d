#include "personality/ioctl_table.h"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <set>

#include "client_double.h"
#include "personality/netbsd.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

TEST(IoctlTable, NoRequestStandsTwice) {
  std::set<unsigned long> seen;
  for (const IoctlRow& row : ioctl_table()) {
    EXPECT_TRUE(seen.insert(row.request).second) << std::hex << row.request;
  }
}

TEST(IoctlTable, NetbsdsRequestsOfThisGroupMoveAnInt) {
  for (const IoctlRow& row : ioctl_table()) {
    if (row.kind != IoctlKind::pass) continue;
    EXPECT_EQ(row.value >> 16 & 0x1fff, sizeof(int)) << std::hex << row.request;
  }
}

TEST(Ioctl, TerminalRequestsAreNotForThese) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  for (const unsigned long request : {TCGETS, TIOCGWINSZ, TIOCGPGRP, 0x12345678}) {
    EXPECT_EQ(personality::ioctl(3, request, nullptr), -ENOTTY);
  }
  EXPECT_TRUE(client.calls().empty());
}

TEST(Ioctl, WirelessExtensionsAreAbsent) {
  EXPECT_EQ(personality::ioctl(3, 0x8b01, nullptr), -EOPNOTSUPP);
}

TEST(Ioctl, SimpleRequestsKeepTheirArgument) {
  testing::ClientDouble client([](const testing::SeenCall& call, long*) {
    *reinterpret_cast<int*>(call.slots[2]) = 12;
    return 0;
  });
  int readable = 0;
  EXPECT_EQ(personality::ioctl(5, FIONREAD, &readable), 0);
  EXPECT_EQ(readable, 12);
  EXPECT_EQ(client.calls()[0].number, NB_SYS_ioctl);
  EXPECT_EQ(client.calls()[0].slots[1], std::uint64_t{NB_FIONREAD});
}

TEST(Ioctl, AnIntSignExtendedByTheCallerIsTheSameRequest) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  int value = 0;
  EXPECT_EQ(personality::ioctl(5, 0xffffffff00000000UL | FIONBIO, &value), 0);
}

TEST(Ioctl, InterfaceRequestsOnAPipeAreNotTypewriters) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return NB_ENOTSOCK; });
  char request[40] = "lo0";
  EXPECT_EQ(personality::ioctl(5, SIOCGIFFLAGS, request), -ENOTTY);
}

TEST(Call, ALostConnectionIsABrokenDevice) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return -1; });
  char byte;
  EXPECT_EQ(personality::read(3, &byte, 1), -EIO);
}

TEST(Call, PollIsNeverRestarted) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return NB_EINTR; });
  pollfd entry = {3, POLLIN, 0};
  const sigset_t open{};
  EXPECT_EQ(personality::poll(&entry, 1, -1, &open), -EINTR);
  EXPECT_FALSE(client.calls()[0].restart);
  EXPECT_EQ(client.calls()[0].slots[2], 0U);
}

}  // namespace
}  // namespace farcall::personality
