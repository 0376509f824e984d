#include "kernel/net/tcp_info.h"

#include <cstring>

#include "kernel/net/sequence.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

namespace {

constexpr int kTcpStates[] = {
    NB_TCPS_CLOSED,      NB_TCPS_LISTEN,     NB_TCPS_SYN_SENT,   NB_TCPS_SYN_RECEIVED,
    NB_TCPS_ESTABLISHED, NB_TCPS_FIN_WAIT_1, NB_TCPS_FIN_WAIT_2, NB_TCPS_CLOSE_WAIT,
    NB_TCPS_CLOSING,     NB_TCPS_LAST_ACK,   NB_TCPS_TIME_WAIT,
};
static_assert(LISTEN == 1 && ESTABLISHED == 4 && CLOSE_WAIT == 7 && TIME_WAIT == 10);

constexpr unsigned kWritesPerSample = 16;

std::uint32_t microseconds(Nanoseconds time) { return static_cast<std::uint32_t>(time / 1000); }

/// A time that lwIP counts in ticks of its slow timer.
std::uint32_t tick_microseconds(std::uint32_t ticks) { return ticks * TCP_SLOW_INTERVAL * 1000; }

void describe_sending(const struct tcp_pcb& pcb, netbsd::tcp_info& info) {
  info.tcpi_rto = tick_microseconds(static_cast<std::uint32_t>(pcb.rto));
  info.tcpi_snd_mss = pcb.mss;
  info.tcpi_snd_ssthresh = pcb.ssthresh;
  info.tcpi_snd_cwnd = pcb.cwnd;
  info.tcpi_snd_wnd = pcb.snd_wnd;
  info.tcpi_snd_nxt = pcb.snd_nxt;
}

void describe_receiving(const struct tcp_pcb& pcb, netbsd::tcp_info& info) {
  info.tcpi_rcv_mss = TCP_MSS;
  info.tcpi_rcv_space = pcb.rcv_wnd;
  info.tcpi_rcv_nxt = pcb.rcv_nxt;
  info.tcpi_last_data_recv = tick_microseconds(tcp_ticks - pcb.tmr);
}

}  // namespace

int tcp_state_from_lwip(enum tcp_state state) { return kTcpStates[state]; }

netbsd::tcp_info TcpSocket::information() const {
  netbsd::tcp_info info = {};
  if (pcb_ == nullptr) return info;  // closed
  info.tcpi_state = static_cast<unsigned char>(tcp_state_from_lwip(pcb_->state));
  if (listening()) return info;  // a listening block ends here
  if ((pcb_->flags & TF_WND_SCALE) != 0) {
    info.tcpi_options = NB_TCPI_OPT_WSCALE;
    info.tcpi_wscale = static_cast<unsigned char>(pcb_->snd_scale | pcb_->rcv_scale << 4);
  }
  describe_sending(*pcb_, info);
  describe_receiving(*pcb_, info);
  info.tcpi_snd_rexmitpack = retransmissions_.count();
  info.tcpi_rtt = microseconds(round_trip_.smoothed());
  info.tcpi_rttvar = microseconds(round_trip_.variation());
  return info;
}

Result<std::vector<std::byte>> tcp_info_option(InetSocket& socket) {
  const netbsd::tcp_info info = static_cast<TcpSocket&>(socket).information();
  std::vector<std::byte> bytes(sizeof info);
  std::memcpy(bytes.data(), &info, sizeof info);
  return bytes;
}

void RoundTrip::sent(std::uint32_t end) {
  if (timing_ || writes_++ % kWritesPerSample != 0) return;
  timing_ = true;
  end_ = end;
  start_ = monotonic_now();
}

void RoundTrip::acknowledged(std::uint32_t end, Nanoseconds limit) {
  if (!timing_ || distance(end_, end) > 0) return;
  timing_ = false;
  const Nanoseconds time = monotonic_now() - start_;
  if (time < limit) sample(time);
}

void RoundTrip::sample(Nanoseconds time) {
  if (smoothed_ == 0) {
    smoothed_ = time;
    variation_ = time / 2;
    return;
  }
  const Nanoseconds off = time > smoothed_ ? time - smoothed_ : smoothed_ - time;
  variation_ += (off - variation_) / 4;
  smoothed_ += (time - smoothed_) / 8;
}

}  // namespace farcall::kernel
