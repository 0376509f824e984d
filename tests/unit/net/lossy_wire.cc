#include "lossy_wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

namespace farcall::testing {

namespace {

constexpr std::size_t kEthernetHeader = 14;

int open_tap(const char* name) {
  const int fd = open("/dev/net/tun", O_RDWR);
  ifreq request = {};
  std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  EXPECT_EQ(ioctl(fd, TUNSETIFF, &request), 0) << strerror(errno);
  return fd;
}

struct Segment {
  std::uint32_t begin, end;
};

/// The TCP segment in a packet of either family, if it has sequence numbers.
std::optional<Segment> segment_in(const unsigned char* packet, std::size_t size) {
  ip v4;
  ip6_hdr v6;
  if (size < sizeof v6) return std::nullopt;
  std::memcpy(&v4, packet, sizeof v4);
  std::memcpy(&v6, packet, sizeof v6);
  const bool is_v6 = v4.ip_v == 6;
  if ((is_v6 ? v6.ip6_nxt : v4.ip_p) != IPPROTO_TCP) return std::nullopt;
  const std::size_t header = is_v6 ? sizeof v6 : v4.ip_hl * 4U;
  const std::size_t length = is_v6 ? sizeof v6 + ntohs(v6.ip6_plen) : ntohs(v4.ip_len);
  tcphdr tcp;
  if (length < header + sizeof tcp || length > size) return std::nullopt;
  std::memcpy(&tcp, packet + header, sizeof tcp);
  const auto numbers =
      static_cast<std::uint32_t>(length - header - tcp.th_off * 4U) + tcp.syn + tcp.fin;
  if (numbers == 0) return std::nullopt;
  return Segment{ntohl(tcp.th_seq), ntohl(tcp.th_seq) + numbers};
}

}  // namespace

LossyWire::LossyWire(const char* tap) : tap_(open_tap(tap)), stop_(eventfd(0, 0)) {
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends_), 0);
  thread_ = std::thread([this] { carry(); });
}

LossyWire::~LossyWire() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const int fd : {tap_, stop_, ends_[1]}) close(fd);
}

void LossyWire::lose(int number) {
  sent_ = repeated_ = 0;
  lost_ = number;
}

bool LossyWire::passes(const unsigned char* frame, std::size_t size) {
  if (size < kEthernetHeader) return true;
  const auto segment = segment_in(frame + kEthernetHeader, size - kEthernetHeader);
  if (!segment) return true;
  const bool is_new = sent_ == 0 || static_cast<std::int32_t>(segment->begin - next_) >= 0;
  if (is_new) next_ = segment->end;
  repeated_ += is_new ? 0 : 1;
  return static_cast<int>(++sent_) != lost_;
}

void LossyWire::carry() {
  pollfd files[] = {{tap_, POLLIN, 0}, {ends_[1], POLLIN, 0}, {stop_, POLLIN, 0}};
  std::array<unsigned char, 2048> frame;
  while (poll(files, std::size(files), -1) > 0 && files[2].revents == 0) {
    for (const auto& [from, to] : {std::pair(0, 1), std::pair(1, 0)}) {
      if (files[from].revents == 0) continue;
      const ssize_t size = read(files[from].fd, frame.data(), frame.size());
      if (size <= 0) return;
      const auto length = static_cast<std::size_t>(size);
      if (from == 1 && !passes(frame.data(), length)) continue;
      // A frame for which there is no room is lost as on any wire.
      [[maybe_unused]] const ssize_t written = write(files[to].fd, frame.data(), length);
    }
  }
}

}  // namespace farcall::testing
