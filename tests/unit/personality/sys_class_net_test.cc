#include "netbsd_messages.h"

#include "personality/sys_class_net.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace farcall::personality {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class SysClassNet : public ::testing::Test {
 protected:
  std::string file(const char* path) {
    std::string contents;
    EXPECT_EQ(sys_class_net_file(list_, path, contents), 0) << path;
    return contents;
  }
  Sysret error(const char* path) {
    std::string contents;
    return sys_class_net_file(list_, path, contents);
  }
  InterfaceList list_ = parse_interfaces(testing::usual_interfaces());
};

TEST_F(SysClassNet, FilesAreAsLinuxWritesThem) {
  EXPECT_EQ(file("virt0/mtu"), "1500\n");
  EXPECT_EQ(file("virt0/address"), "02:00:00:00:00:2a\n");
  EXPECT_EQ(file("virt0/broadcast"), "ff:ff:ff:ff:ff:ff\n");
  EXPECT_EQ(file("virt0/type"), "1\n");
  EXPECT_EQ(file("virt0/flags"), "0x1003\n");
  EXPECT_EQ(file("virt0/operstate"), "up\n");
  EXPECT_EQ(file("virt0/ifindex"), "2\n");
  EXPECT_EQ(file("virt0/statistics/tx_bytes"), "98765\n");
  EXPECT_EQ(file("lo0/address"), "00:00:00:00:00:00\n");
  EXPECT_EQ(file("lo0/type"), "772\n");
  EXPECT_EQ(file("lo0/operstate"), "unknown\n");
  EXPECT_EQ(file("lo0/uevent"), "INTERFACE=lo0\nIFINDEX=1\n");
}

TEST_F(SysClassNet, WhatIsNotThereIsNotThere) {
  EXPECT_EQ(error("eth0/mtu"), -ENOENT);
  EXPECT_EQ(error("virt0/nothing"), -ENOENT);
  EXPECT_EQ(error("virt0/statistics/mtu"), -ENOENT);
  EXPECT_EQ(error("virt0"), -EISDIR);
  EXPECT_EQ(error("virt0/statistics"), -EISDIR);
  EXPECT_EQ(error(""), -EISDIR);
}

TEST_F(SysClassNet, DirectoriesListTheirFiles) {
  std::vector<std::string> names;
  EXPECT_EQ(sys_class_net_directory(list_, "", names), 0);
  EXPECT_THAT(names, ElementsAre("lo0", "virt0"));
  names.clear();
  EXPECT_EQ(sys_class_net_directory(list_, "lo0", names), 0);
  EXPECT_THAT(names, Contains("mtu"));
  EXPECT_THAT(names, Contains("statistics"));
  names.clear();
  EXPECT_EQ(sys_class_net_directory(list_, "lo0/statistics", names), 0);
  EXPECT_THAT(names, Contains("rx_bytes"));
  EXPECT_EQ(sys_class_net_directory(list_, "lo0/mtu", names), -ENOTDIR);
  EXPECT_EQ(sys_class_net_directory(list_, "lo1", names), -ENOENT);
}

}  // namespace
}  // namespace farcall::personality
