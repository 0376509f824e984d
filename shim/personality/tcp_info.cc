#include "personality/tcp_info.h"

#include <algorithm>

#include "personality/pcb_list.h"

namespace farcall::personality {
namespace {

/// Linux says so while nothing was ever lost.
constexpr std::uint32_t kNoThreshold = 0x7fffffff;

/// Linux counts congestion windows in segments.
std::uint32_t segments(std::uint32_t bytes, std::uint32_t segment) {
  if (segment == 0) return 0;
  return std::max(bytes / segment, std::uint32_t{1});
}

std::uint32_t threshold(const netbsd::tcp_info& info) {
  const bool unset = info.tcpi_snd_ssthresh >= kNoThreshold;
  return unset ? kNoThreshold : segments(info.tcpi_snd_ssthresh, info.tcpi_snd_mss);
}

std::uint8_t options_of(const netbsd::tcp_info& info) {
  constexpr std::uint8_t kPairs[][2] = {{NB_TCPI_OPT_TIMESTAMPS, TCPI_OPT_TIMESTAMPS},
                                        {NB_TCPI_OPT_SACK, TCPI_OPT_SACK},
                                        {NB_TCPI_OPT_WSCALE, TCPI_OPT_WSCALE},
                                        {NB_TCPI_OPT_ECN, TCPI_OPT_ECN}};
  std::uint8_t options = 0;
  for (const auto& [netbsd_bit, linux_bit] : kPairs) {
    if ((info.tcpi_options & netbsd_bit) != 0) options |= linux_bit;
  }
  return options;
}

}  // namespace

::tcp_info tcp_info_to_linux(const netbsd::tcp_info& info) {
  ::tcp_info result = {};
  result.tcpi_state = static_cast<std::uint8_t>(tcp_state_to_linux(info.tcpi_state));
  result.tcpi_ca_state = TCP_CA_Open;
  result.tcpi_options = options_of(info);
  result.tcpi_snd_wscale = info.tcpi_wscale & 0xf;
  result.tcpi_rcv_wscale = (info.tcpi_wscale >> 4) & 0xf;
  result.tcpi_rto = info.tcpi_rto;
  result.tcpi_snd_mss = info.tcpi_snd_mss;
  result.tcpi_rcv_mss = info.tcpi_rcv_mss;
  result.tcpi_advmss = info.tcpi_rcv_mss;
  result.tcpi_last_data_recv = info.tcpi_last_data_recv / 1000;  // Linux: milliseconds
  result.tcpi_rtt = info.tcpi_rtt;
  result.tcpi_rttvar = info.tcpi_rttvar;
  result.tcpi_snd_ssthresh = threshold(info);
  result.tcpi_snd_cwnd = segments(info.tcpi_snd_cwnd, info.tcpi_snd_mss);
  result.tcpi_rcv_space = info.tcpi_rcv_space;
  result.tcpi_total_retrans = info.tcpi_snd_rexmitpack;
  return result;
}

}  // namespace farcall::personality
