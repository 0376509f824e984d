// What a DHCP client asks of servers, from one interface.
#pragma once

#include <optional>

#include "kernel/core/cpu.h"
#include "kernel/net/dhcp_message.h"
#include "kernel/net/ethernet_interface.h"

namespace farcall::kernel {

inline constexpr Nanoseconds kSecond = 1'000'000'000;

/// While it lives, the interface's frames pass by it. Used by one thread.
class DhcpClient final : public FrameListener {
 public:
  /// An Ethernet interface without a listener.
  explicit DhcpClient(Interface& interface);
  ~DhcpClient() override;
  DhcpClient(const DhcpClient&) = delete;
  DhcpClient& operator=(const DhcpClient&) = delete;

  /// nullptr when it is no more, which may be so after each sleep.
  [[nodiscard]] Interface* interface() const { return interface_; }

  /// What a server has said to `question`, before the deadline: an offer, or that it agrees or does
  /// not. None: none has. NB_ENXIO when the interface is no more.
  Result<std::optional<DhcpMessage>> ask(DhcpMessage question, Nanoseconds deadline,
                                         const std::optional<DhcpServer>& to = std::nullopt);
  /// Asks all servers for an address, for half a minute. The lease; NB_EADDRNOTAVAIL, NB_ENXIO.
  Result<DhcpMessage> find_lease();
  /// Sleeps. NB_ENXIO when the interface is no more.
  Result<void> sleep_until(Nanoseconds deadline);

  bool frame(std::span<const std::byte> frame) override;
  void interface_gone() override;

 private:
  Interface* interface_;
  DhcpMessage question_;  ///< the last one
  std::optional<DhcpMessage> answer_;
  WaitQueue wake_;
};

}  // namespace farcall::kernel
