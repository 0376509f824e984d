#include "kernel/net/dhcp.h"

#include "kernel/core/cpu.h"
#include "kernel/net/address.h"
#include "kernel/net/dhcp_message.h"
#include "kernel/net/ethernet_interface.h"
#include "kernel/net/routes.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
/// How long a server has for an answer, in seconds, each time we ask.
constexpr int kPatience[] = {1, 2, 4, 8, 8, 8};

/// One exchange with servers. While it lives, the interface's frames pass by it.
class DhcpClient final : public FrameListener {
 public:
  explicit DhcpClient(Interface& interface) : interface_(interface) {
    std::size_t got = 0;
    rumpuser_getrandom(&exchange_, sizeof exchange_, 0, &got);
    std::memcpy(client_.addr, interface.link_address().data(), sizeof client_.addr);
    ethernet_listen(interface, this);
  }
  ~DhcpClient() override { ethernet_listen(interface_, nullptr); }
  DhcpClient(const DhcpClient&) = delete;
  DhcpClient& operator=(const DhcpClient&) = delete;

  /// The lease that a server has given.
  Result<DhcpMessage> lease() {
    for (const int seconds : kPatience) {
      const Nanoseconds deadline = monotonic_now() + seconds * kSecond;
      FARCALL_ASSIGN(const auto offer, ask({.type = DhcpType::discover}, deadline));
      if (!offer || offer->type != DhcpType::offer) continue;
      const DhcpMessage request = {
          .type = DhcpType::request, .address = offer->address, .server = offer->server};
      FARCALL_ASSIGN(const auto answer, ask(request, deadline));
      if (answer && answer->type == DhcpType::ack) return *answer;
    }
    return Error{NB_EADDRNOTAVAIL};
  }

  void frame(std::span<const std::byte> frame) override {
    const auto message = parse_dhcp_frame(frame, exchange_, client_);
    if (!message) return;
    answer_ = message;
    wake_.wake_all();
  }

 private:
  /// None: nobody answered in time.
  Result<std::optional<DhcpMessage>> ask(DhcpMessage question, Nanoseconds deadline) {
    question.exchange = exchange_;
    question.client = client_;
    answer_.reset();
    ethernet_send(interface_, dhcp_frame(question));
    while (!answer_) {
      const auto slept = wake_.sleep(deadline);
      if (slept.code() == NB_EWOULDBLOCK) break;
      FARCALL_TRY(slept);
    }
    return answer_;
  }

  Interface& interface_;
  std::uint32_t exchange_ = 0;
  eth_addr client_ = {};
  std::optional<DhcpMessage> answer_;
  WaitQueue wake_;
};

}  // namespace

Result<void> dhcp_configure(std::string_view name) {
  Interface* interface = interface_by_name(name);
  if (interface == nullptr) return Error{NB_ENXIO};
  if (!is_ethernet(*interface)) return Error{NB_EINVAL};
  FARCALL_TRY(interface->set_flags(interface->flags() | NB_IFF_UP));
  FARCALL_ASSIGN(const DhcpMessage lease, DhcpClient(*interface).lease());
  FARCALL_TRY(interface->add_ipv4({{lease.address}, {lease.mask}}));
  if (lease.router == 0) return {};
  const auto routed = route_add(any_address(NB_AF_INET), 0, ip_from(ip4_addr_t{lease.router}));
  return routed.code() == NB_EEXIST ? Result<void>() : routed;
}

}  // namespace farcall::kernel
