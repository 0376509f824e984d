#include "netbsd_messages.h"

#include "personality/proc_net.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "client_double.h"

namespace farcall::personality {
namespace {

using testing::bytes_of;
using testing::inet;
using testing::inet6;

InterfaceList usual() { return parse_interfaces(testing::usual_interfaces()); }

TEST(ProcNetDev, HasTheColumnsOfLinux) {
  EXPECT_EQ(proc_net_dev(usual()),
            "Inter-|   Receive                                                |  Transmit\n"
            " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
            "errs drop fifo colls "
            "carrier compressed\n"
            "   lo0:    1234       5    0    0    0     0          0         0    98765      43    "
            "0    0    0     0  "
            "     0          0\n"
            " virt0:    1234       5    0    0    0     0          0         0    98765      43    "
            "0    0    0     0  "
            "     0          0\n");
}

TEST(ProcNetIfInet6, TellsScopes) {
  EXPECT_EQ(proc_net_if_inet6(usual()),
            "00000000000000000000000000000001 01 80 10 80      lo0\n"
            "fe800000000000000000000000000001 01 40 20 80      lo0\n"
            "fd000000000000000000000000000005 02 40 00 80    virt0\n");
}

testing::Buffer dumped_routes() {
  testing::Buffer out;
  testing::append_route(out, NB_RTF_UP | NB_RTF_GATEWAY | NB_RTF_STATIC, 2,
                        bytes_of(inet("0.0.0.0")), bytes_of(inet("10.1.2.1")),
                        testing::inet_mask("0.0.0.0"));
  testing::append_route(out, NB_RTF_UP | NB_RTF_CONNECTED, 2, bytes_of(inet("10.1.2.0")),
                        bytes_of(testing::link_address(2, nullptr)),
                        testing::inet_mask("255.255.255.0"));
  testing::append_route(out, NB_RTF_UP | NB_RTF_CONNECTED, 1, bytes_of(inet("127.0.0.0")),
                        bytes_of(testing::link_address(1, nullptr)),
                        testing::inet_mask("255.0.0.0"));
  testing::append_route(out, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LOCAL, 1, bytes_of(inet("10.1.2.3")),
                        bytes_of(inet("10.1.2.3")), {});
  testing::append_route(out, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LLDATA, 2, bytes_of(inet("10.1.2.7")),
                        bytes_of(testing::link_address(2, "\x02\x00\x00\x00\x00\x07")), {});
  testing::append_route(out, NB_RTF_UP | NB_RTF_HOST, 2, bytes_of(inet("10.9.9.9")),
                        bytes_of(testing::link_address(2, nullptr)), {});
  return out;
}

std::string padded(std::string line) { return line.append(127 - line.size(), ' ') + "\n"; }

TEST(ProcNetRoute, ShowsWhatLinuxsMainTableWould) {
  EXPECT_EQ(
      proc_net_route(parse_routes(dumped_routes()), usual()),
      padded(
          "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT") +
          padded("virt0\t00000000\t0102010A\t0003\t0\t0\t0\t00000000\t0\t0\t0") +
          padded("virt0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0") +
          padded("virt0\t0909090A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0"));
}

TEST(ProcNetIpv6Route, ShowsPrefixesAndGateways) {
  testing::Buffer dump;
  testing::append_route(dump, NB_RTF_UP | NB_RTF_GATEWAY, 2, bytes_of(inet6("::")),
                        bytes_of(inet6("fe80:2::1")), testing::inet6_mask(0));
  testing::append_route(dump, NB_RTF_UP, 2, bytes_of(inet6("fd00::")),
                        bytes_of(testing::link_address(2, nullptr)), testing::inet6_mask(64));
  const std::string zeros(32, '0');
  EXPECT_EQ(proc_net_ipv6_route(parse_routes(dump), usual()),
            zeros + " 00 " + zeros +
                " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003"
                "    virt0\n"
                "fd000000000000000000000000000000 40 " +
                zeros + " 00 " + zeros + " 00000400 00000001 00000000 00000001    virt0\n");
}

// The flags and the interface that the header names are not to be relied on.
TEST(ProcNetArp, ShowsNeighbours) {
  testing::Buffer dump;
  testing::append_route(dump, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LLDATA, 2,
                        bytes_of(inet("10.1.2.7")),
                        bytes_of(testing::link_address(2, "\x02\x00\x00\x00\x00\x07")), {});
  testing::append_route(dump, NB_RTF_HOST, 77, bytes_of(inet("10.1.2.8")),
                        bytes_of(testing::link_address(2, "\x02\x00\x00\x00\x00\x08")), {});
  testing::append_route(dump, NB_RTF_HOST, 0, bytes_of(inet("10.1.2.10")),
                        bytes_of(testing::link_address(2, nullptr)), {});
  testing::append_route(dump, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LOCAL, 1, bytes_of(inet("10.1.2.3")),
                        bytes_of(testing::link_address(1, nullptr)), {});
  EXPECT_EQ(proc_net_arp(parse_neighbours(dump), usual()),
            "IP address       HW type     Flags       HW address            Mask     Device\n"
            "10.1.2.7         0x1         0x2         02:00:00:00:00:07     *        virt0\n"
            "10.1.2.8         0x1         0x2         02:00:00:00:00:08     *        virt0\n"
            "10.1.2.10        0x1         0x0         00:00:00:00:00:00     *        virt0\n");
}

TEST(ProcNetRoutes, NoPrefixOfADumpIsReadBeyondItsEnd) {
  const testing::Buffer whole = dumped_routes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const testing::Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_LE(parse_routes(part).size(), 6U);
    EXPECT_LE(parse_neighbours(part).size(), 6U);
  }
}

netbsd::kinfo_pcb pcb(const char* local, int port, const char* remote, int remote_port, int state) {
  netbsd::kinfo_pcb record = {};
  record.ki_sockaddr = 0x77;
  record.ki_protocol = NB_IPPROTO_ICMP;
  record.ki_tstate = state;
  record.ki_rcvq = 0x10;
  auto from = inet(local);
  from.sin_port = htons(static_cast<std::uint16_t>(port));
  auto to = inet(remote);
  to.sin_port = htons(static_cast<std::uint16_t>(remote_port));
  std::memcpy(&record.ki_s, &from, sizeof from);
  std::memcpy(&record.ki_d, &to, sizeof to);
  return record;
}

std::string first_words(const std::string& text) {
  return text.substr(0, text.find(" 00000000     "));
}

TEST(ProcNetTcp, ListsListenersAndConnections) {
  testing::Buffer records = bytes_of(pcb("127.0.0.1", 80, "0.0.0.0", 0, NB_TCPS_LISTEN));
  const testing::Buffer second =
      bytes_of(pcb("127.0.0.1", 80, "127.0.0.1", 4242, NB_TCPS_FIN_WAIT_2));
  const testing::Buffer closed = bytes_of(pcb("0.0.0.0", 0, "0.0.0.0", 0, NB_TCPS_CLOSED));
  records.insert(records.end(), second.begin(), second.end());
  records.insert(records.end(), closed.begin(), closed.end());
  const std::string text = proc_net_sockets(*find_socket_table("tcp"), parse_pcbs(records));
  ASSERT_EQ(text.size(), 3U * 150);
  EXPECT_EQ(text.substr(0, 96),
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
            "timeout inode");
  EXPECT_EQ(first_words(text.substr(150)),
            "   0: 0100007F:0050 00000000:0000 0A 00000000:00000010 00:00000000");
  EXPECT_EQ(first_words(text.substr(300)),
            "   1: 0100007F:0050 0100007F:1092 05 00000000:00000010 00:00000000");
}

TEST(ProcNetRaw, ShowsTheProtocolAsPort) {
  const std::string text = proc_net_sockets(
      *find_socket_table("raw"), parse_pcbs(bytes_of(pcb("0.0.0.0", 0, "0.0.0.0", 0, 0))));
  EXPECT_NE(text.find("   0: 00000000:0001 00000000:0000 07 "), std::string::npos) << text;
}

TEST(ProcNetTcp6, PrintsWordsAsTheMachineReadsThem) {
  netbsd::kinfo_pcb record = {};
  record.ki_tstate = NB_TCPS_LISTEN;
  auto local = inet6("::1");
  local.sin6_port = htons(22);
  std::memcpy(&record.ki_s, &local, sizeof local);
  const std::string text =
      proc_net_sockets(*find_socket_table("tcp6"), parse_pcbs(bytes_of(record)));
  EXPECT_NE(
      text.find(
          "   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A "),
      std::string::npos)
      << text;
}

TEST(NetworkPaths, AreThoseOfThisKernel) {
  for (const char* path :
       {"/proc/net/dev", "/proc/self/net/tcp", "/proc/thread-self/net/udp", "/proc/net",
        "/proc/net/", "/sys/class/net", "/sys/class/net/lo0/mtu", "/proc/net/unknown"}) {
    EXPECT_TRUE(is_network_path(path)) << path;
  }
  for (const char* path :
       {"/proc/network", "/proc/1/net/dev", "/sys/class/nets", "/proc", "", "proc/net/dev"}) {
    EXPECT_FALSE(is_network_path(path)) << path;
  }
  EXPECT_FALSE(is_network_path(nullptr));
}

TEST(NetworkFiles, WhatTheKernelHasNotDoesNotExist) {
  std::string contents;
  EXPECT_EQ(network_file("/proc/net/sctp", contents), -ENOENT);
  EXPECT_EQ(network_file("/proc/net", contents), -EISDIR);
  EXPECT_EQ(network_file("/proc/net/unix", contents), 0);
  EXPECT_EQ(contents, "Num       RefCount Protocol Flags    Type St Inode Path\n");
  EXPECT_EQ(network_file("/proc/net/dev", contents), -EIO);  // no server in this test
  std::vector<std::string> names;
  EXPECT_EQ(network_directory("/proc/net/", names), 0);
  EXPECT_GT(names.size(), 15U);
  EXPECT_EQ(network_directory("/proc/net/dev", names), -ENOTDIR);
}

}  // namespace
}  // namespace farcall::personality
