#include "personality/tcp_info.h"

#include <gtest/gtest.h>

namespace farcall::personality {
namespace {

netbsd::tcp_info established() {
  netbsd::tcp_info info = {};
  info.tcpi_state = NB_TCPS_ESTABLISHED;
  info.tcpi_options = NB_TCPI_OPT_WSCALE | NB_TCPI_OPT_SACK;
  info.tcpi_wscale = 0x73;
  info.tcpi_rto = 1'500'000;
  info.tcpi_snd_mss = info.tcpi_rcv_mss = 1460;
  info.tcpi_snd_cwnd = 14'600;
  info.tcpi_snd_ssthresh = 29'200;
  info.tcpi_rtt = 250;
  info.tcpi_rttvar = 125;
  info.tcpi_rcv_space = 65'535;
  info.tcpi_last_data_recv = 2'000'000;
  info.tcpi_snd_rexmitpack = 3;
  return info;
}

TEST(TcpInfo, WindowsAreCountedInSegments) {
  const ::tcp_info info = tcp_info_to_linux(established());
  EXPECT_EQ(info.tcpi_snd_cwnd, 10U);
  EXPECT_EQ(info.tcpi_snd_ssthresh, 20U);
  EXPECT_EQ(info.tcpi_rcv_space, 65'535U);
}

TEST(TcpInfo, AThresholdThatIsNoneIsLinuxs) {
  netbsd::tcp_info info = established();
  info.tcpi_snd_ssthresh = 0xffffffff;
  EXPECT_EQ(tcp_info_to_linux(info).tcpi_snd_ssthresh, 0x7fffffffU);
}

TEST(TcpInfo, OtherMembersAreLinuxs) {
  const ::tcp_info info = tcp_info_to_linux(established());
  EXPECT_EQ(info.tcpi_state, TCP_ESTABLISHED);
  EXPECT_EQ(info.tcpi_options, TCPI_OPT_WSCALE | TCPI_OPT_SACK);
  EXPECT_EQ(info.tcpi_snd_wscale, 3);
  EXPECT_EQ(info.tcpi_rcv_wscale, 7);
  EXPECT_EQ(info.tcpi_rto, 1'500'000U);
  EXPECT_EQ(info.tcpi_rtt, 250U);
  EXPECT_EQ(info.tcpi_rttvar, 125U);
  EXPECT_EQ(info.tcpi_last_data_recv, 2'000U);
  EXPECT_EQ(info.tcpi_total_retrans, 3U);
}

TEST(TcpInfo, OfWhatIsNotConnectedSaysLittle) {
  netbsd::tcp_info listening = {};
  listening.tcpi_state = NB_TCPS_LISTEN;
  const ::tcp_info info = tcp_info_to_linux(listening);
  EXPECT_EQ(info.tcpi_state, TCP_LISTEN);
  EXPECT_EQ(info.tcpi_snd_cwnd, 0U);
}

}  // namespace
}  // namespace farcall::personality
