// __sysctl: values, sizes, setting, and finding nodes by name.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class SysctlTest : public KernelTest {
 protected:
  static std::string text(int top, int node) {
    int name[] = {top, node};
    char value[300] = {};
    std::uint64_t size = sizeof value;
    EXPECT_THAT(call(NB_SYS___sysctl, name, 2, value, &size, nullptr, 0), Succeeds());
    return value;
  }
};

TEST_F(SysctlTest, SaysWhatTheKernelIs) {
  EXPECT_EQ(text(NB_CTL_KERN, NB_KERN_OSTYPE), "NetBSD");
  EXPECT_EQ(text(NB_CTL_KERN, NB_KERN_OSRELEASE), "7.99.34");
  EXPECT_EQ(text(NB_CTL_HW, NB_HW_MACHINE), "amd64");
  int name[] = {NB_CTL_HW, NB_HW_PAGESIZE}, value = 0;
  std::uint64_t size = sizeof value;
  EXPECT_THAT(call(NB_SYS___sysctl, name, 2, &value, &size, nullptr, 0), Succeeds());
  EXPECT_EQ(value, 4096);
}

TEST_F(SysctlTest, TellsTheSizeAndThatThereIsMore) {
  int name[] = {NB_CTL_KERN, NB_KERN_OSTYPE};
  std::uint64_t size = 0;
  EXPECT_THAT(call(NB_SYS___sysctl, name, 2, nullptr, &size, nullptr, 0), Succeeds());
  EXPECT_EQ(size, 7u);
  char value[4] = {};
  size = 3;
  EXPECT_THAT(call(NB_SYS___sysctl, name, 2, value, &size, nullptr, 0), FailsWith(NB_ENOMEM));
  EXPECT_STREQ(value, "Net");
}

TEST_F(SysctlTest, TheHostnameCanBeSetByTheSuperuser) {
  int name[] = {NB_CTL_KERN, NB_KERN_HOSTNAME};
  EXPECT_THAT(call(NB_SYS___sysctl, name, 2, nullptr, nullptr, "lamp", 4), Succeeds());
  EXPECT_EQ(text(NB_CTL_KERN, NB_KERN_HOSTNAME), "lamp");
  call(NB_SYS_setuid, 100);
  EXPECT_THAT(call(NB_SYS___sysctl, name, 2, nullptr, nullptr, "x", 1), FailsWith(NB_EPERM));
}

TEST_F(SysctlTest, UnknownAndMalformedNamesFail) {
  int unknown[] = {NB_CTL_KERN, 9999};
  EXPECT_THAT(call(NB_SYS___sysctl, unknown, 2, nullptr, nullptr, nullptr, 0),
              FailsWith(NB_EOPNOTSUPP));
  EXPECT_THAT(call(NB_SYS___sysctl, unknown, 1, nullptr, nullptr, nullptr, 0),
              FailsWith(NB_EOPNOTSUPP));
  EXPECT_THAT(call(NB_SYS___sysctl, unknown, 0, nullptr, nullptr, nullptr, 0),
              FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS___sysctl, unknown, 1000, nullptr, nullptr, nullptr, 0),
              FailsWith(NB_EINVAL));
  int read_only[] = {NB_CTL_KERN, NB_KERN_OSTYPE};
  EXPECT_THAT(call(NB_SYS___sysctl, read_only, 2, nullptr, nullptr, "x", 1), FailsWith(NB_EPERM));
}

TEST_F(SysctlTest, NodesAreFoundByName) {
  int query[] = {NB_CTL_KERN, NB_CTL_QUERY};
  netbsd::sysctlnode asking{};
  asking.sysctl_flags = NB_SYSCTL_VERSION;
  std::vector<netbsd::sysctlnode> nodes(100);
  std::uint64_t size = nodes.size() * sizeof nodes[0];
  EXPECT_THAT(call(NB_SYS___sysctl, query, 2, nodes.data(), &size, &asking, sizeof asking),
              Succeeds());
  nodes.resize(size / sizeof nodes[0]);
  bool found = false;
  for (const auto& node : nodes) {
    found |= std::string(node.sysctl_name) == "hostname" && node.sysctl_num == NB_KERN_HOSTNAME;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace farcall::testing
