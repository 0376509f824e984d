// One NAT: libslirp between a kernel's frames and the host's sockets.
#pragma once

#include <poll.h>
#include <slirp/libslirp.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "server/descriptor.h"
#include "server/nat/start.h"

namespace farcall::server {

/// Belongs to one thread at a time.
class Translator {
 public:
  /// `frames`: a socket of packets, an Ethernet frame each, whose other end is the kernel's.
  Translator(const NatSpec& spec, Descriptor frames, NatLog log);
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  /// Listens at the ports that are to be forwarded; the complaint: where the host does not let it.
  std::optional<Complaint> forward_ports();
  /// Translates until the kernel's end is closed.
  void run();

 private:
  struct Timer {
    SlirpTimerId id;
    void* argument;
    std::optional<std::int64_t> expires_ms;
  };
  static const SlirpCb& callbacks();

  [[nodiscard]] Slirp* start();
  /// Waits for frames, the host's sockets and timers. False: there will be no more frames.
  bool wait();
  void take_frames();
  void end_timers();
  [[nodiscard]] int milliseconds_to_timer(std::uint32_t most) const;

  NatSpec spec_;
  Descriptor frames_;
  NatLog log_;
  std::list<Timer> timers_;
  std::vector<pollfd> polled_;  ///< frames_, then libslirp's
  std::unique_ptr<Slirp, decltype(&slirp_cleanup)> slirp_;
};

}  // namespace farcall::server
