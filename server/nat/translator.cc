#include "server/nat/translator.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <span>

#include "server/nat/loopback_guard.h"

namespace farcall::server {
namespace {

constexpr std::size_t kMostFrame = 2048;
/// So that a kernel that sends without end does not starve the host's sockets.
constexpr int kFramesAtOnce = 64;
/// libslirp's version of the record that has all that is used here.
constexpr std::uint32_t kConfigVersion = 4;

/// What libslirp says when nothing is due. It names half a second at most when something is.
constexpr std::uint32_t kNothingDueMilliseconds = 1000;

// libslirp's flags are not poll's.
constexpr std::pair<int, short> kEvents[] = {{SLIRP_POLL_IN, POLLIN},
                                             {SLIRP_POLL_OUT, POLLOUT},
                                             {SLIRP_POLL_PRI, POLLPRI},
                                             {SLIRP_POLL_ERR, POLLERR},
                                             {SLIRP_POLL_HUP, POLLHUP}};

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}
std::int64_t now_ms() { return now_ns() / 1'000'000; }

in_addr in_order(std::uint32_t address) { return {htonl(address)}; }

in6_addr numbered(in6_addr network, std::uint8_t number) {
  network.s6_addr[15] = number;
  return network;
}

SlirpConfig config_of(const NatSpec& spec) {
  SlirpConfig config = {};
  config.version = kConfigVersion;
  config.restricted = spec.restricted ? 1 : 0;
  config.in_enabled = true;
  config.vnetwork = in_order(spec.network);
  config.vnetmask = in_order(~std::uint32_t{0} << (32 - spec.prefix));
  config.vhost = in_order(spec.gateway());
  config.vdhcp_start = in_order(spec.first_kernel());
  config.vnameserver = in_order(spec.name_server());
  config.disable_host_loopback = !spec.host_loopback;
  if (spec.network6) {
    config.in6_enabled = true;
    config.vprefix_addr6 = *spec.network6;
    config.vprefix_len = 64;
    config.vhost6 = numbered(*spec.network6, 2);
    config.vnameserver6 = numbered(*spec.network6, 3);
  }
  return config;
}

}  // namespace

Translator::Translator(const NatSpec& spec, Descriptor frames, NatLog log)
    : spec_(spec), frames_(std::move(frames)), log_(log), slirp_(start(), slirp_cleanup) {}

const SlirpCb& Translator::callbacks() {
  static const SlirpCb table = [] {
    SlirpCb calls = {};
    calls.send_packet = [](const void* frame, std::size_t size, void* self) {
      // One that the kernel has no room for is lost, as on a wire.
      ::send(static_cast<Translator*>(self)->frames_.get(), frame, size,
             MSG_DONTWAIT | MSG_NOSIGNAL);
      return static_cast<ssize_t>(size);
    };
    calls.guest_error = [](const char* text, void* self) {
      static_cast<Translator*>(self)->log_(text);
    };
    calls.clock_get_ns = [](void*) { return now_ns(); };
    calls.timer_new_opaque = [](SlirpTimerId id, void* argument, void* self) -> void* {
      return &static_cast<Translator*>(self)->timers_.emplace_back(
          Timer{id, argument, std::nullopt});
    };
    calls.timer_free = [](void* timer, void* self) {
      static_cast<Translator*>(self)->timers_.remove_if(
          [timer](const Timer& one) { return &one == timer; });
    };
    calls.timer_mod = [](void* timer, std::int64_t expires_ms, void*) {
      static_cast<Timer*>(timer)->expires_ms = expires_ms;
    };
    calls.register_poll_fd = [](int, void*) {};
    calls.unregister_poll_fd = [](int, void*) {};
    calls.notify = [](void*) {};
    return calls;
  }();
  return table;
}

Slirp* Translator::start() {
  const SlirpConfig config = config_of(spec_);
  return slirp_new(&config, &callbacks(), this);
}

std::optional<Complaint> Translator::forward_ports() {
  for (const auto& forward : spec_.forwards) {
    const int failed =
        slirp_add_hostfwd(slirp_.get(), forward.is_udp ? 1 : 0, in_order(forward.host),
                          forward.host_port, in_order(forward.kernel), forward.kernel_port);
    if (failed == 0) continue;
    const int error = errno;
    return Complaint{"NAT cannot listen at " + address_text(forward.host) + ":" +
                     std::to_string(forward.host_port) + (forward.is_udp ? " (udp)" : " (tcp)") +
                     ": " + std::strerror(error)};
  }
  return std::nullopt;
}

void Translator::run() {
  while (wait()) {
    slirp_pollfds_poll(
        slirp_.get(), 0,
        [](int index, void* self) {
          const auto& polled = static_cast<Translator*>(self)->polled_;
          int events = 0;
          for (const auto& [theirs, hosts] : kEvents) {
            if ((polled[static_cast<std::size_t>(index)].revents & hosts) != 0) events |= theirs;
          }
          return events;
        },
        this);
    end_timers();
    if (polled_.front().revents != 0) take_frames();
  }
}

bool Translator::wait() {
  polled_.assign(1, {.fd = frames_.get(), .events = POLLIN, .revents = 0});
  std::uint32_t most = UINT32_MAX;
  slirp_pollfds_fill(
      slirp_.get(), &most,
      [](int fd, int events, void* self) {
        auto& polled = static_cast<Translator*>(self)->polled_;
        pollfd& added = polled.emplace_back(pollfd{.fd = fd, .events = 0, .revents = 0});
        for (const auto& [theirs, hosts] : kEvents) {
          if ((events & theirs) != 0) added.events = static_cast<short>(added.events | hosts);
        }
        return static_cast<int>(polled.size()) - 1;
      },
      this);
  if (most >= kNothingDueMilliseconds) most = UINT32_MAX;
  ::poll(polled_.data(), polled_.size(), milliseconds_to_timer(most));
  const short of_frames = polled_.front().revents;
  return (of_frames & POLLIN) != 0 || (of_frames & (POLLHUP | POLLERR)) == 0;
}

void Translator::take_frames() {
  std::array<std::byte, kMostFrame> frame;
  for (int count = 0; count < kFramesAtOnce; ++count) {
    const ssize_t size = ::recv(frames_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    const std::span<const std::byte> bytes(frame.data(), static_cast<std::size_t>(size));
    if (!spec_.host_loopback && goes_to_loopback(bytes)) continue;
    slirp_input(slirp_.get(), reinterpret_cast<const std::uint8_t*>(frame.data()),
                static_cast<int>(size));
  }
}

void Translator::end_timers() {
  for (Timer& timer : timers_) {
    if (!timer.expires_ms || *timer.expires_ms > now_ms()) continue;
    timer.expires_ms.reset();
    slirp_handle_timer(slirp_.get(), timer.id, timer.argument);
  }
}

int Translator::milliseconds_to_timer(std::uint32_t most) const {
  std::int64_t time = most;
  for (const Timer& timer : timers_) {
    if (timer.expires_ms)
      time = std::min(time, std::max<std::int64_t>(*timer.expires_ms - now_ms(), 0));
  }
  return time > INT_MAX ? -1 : static_cast<int>(time);
}

}  // namespace farcall::server
