#include "kernel/net/dhcp_client.h"

#include <cstring>

#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

/// How long a server has for an answer, in seconds, each time we ask.
constexpr int kPatience[] = {1, 2, 4, 8, 8, 8};

bool answers(DhcpType answer, DhcpType question) {
  if (question == DhcpType::discover) return answer == DhcpType::offer;
  return answer == DhcpType::ack || answer == DhcpType::nak;
}

}  // namespace

DhcpClient::DhcpClient(Interface& interface) : interface_(&interface) {
  ethernet_listen(interface, this);
}

DhcpClient::~DhcpClient() {
  if (interface_ != nullptr) ethernet_listen(*interface_, nullptr);
}

Result<std::optional<DhcpMessage>> DhcpClient::ask(DhcpMessage question, Nanoseconds deadline,
                                                   const std::optional<DhcpServer>& to) {
  if (interface_ == nullptr) return Error{NB_ENXIO};
  std::size_t got = 0;
  rumpuser_getrandom(&question.exchange, sizeof question.exchange, 0, &got);
  std::memcpy(question.client.addr, interface_->link_address().data(), sizeof question.client.addr);
  question_ = question;
  answer_.reset();
  ethernet_send(*interface_, dhcp_frame(question, to));
  while (!answer_ && interface_ != nullptr) {
    const auto slept = wake_.sleep(deadline);
    if (slept.code() == NB_EWOULDBLOCK) break;
    FARCALL_TRY(slept);
  }
  if (interface_ == nullptr) return Error{NB_ENXIO};
  return answer_;
}

Result<DhcpMessage> DhcpClient::find_lease() {
  for (const int seconds : kPatience) {
    const Nanoseconds deadline = monotonic_now() + seconds * kSecond;
    FARCALL_ASSIGN(const auto offer, ask({.type = DhcpType::discover}, deadline));
    if (!offer) continue;
    const DhcpMessage request = {
        .type = DhcpType::request, .address = offer->address, .server = offer->server};
    FARCALL_ASSIGN(const auto answer, ask(request, deadline));
    if (answer && answer->type == DhcpType::ack) return *answer;
  }
  return Error{NB_EADDRNOTAVAIL};
}

Result<void> DhcpClient::sleep_until(Nanoseconds deadline) {
  while (interface_ != nullptr && monotonic_now() < deadline) {
    const auto slept = wake_.sleep(deadline);
    if (slept.code() != NB_EWOULDBLOCK) FARCALL_TRY(slept);
  }
  return interface_ != nullptr ? Result<void>() : Error{NB_ENXIO};
}

bool DhcpClient::frame(std::span<const std::byte> frame) {
  const auto message = parse_dhcp_frame(frame, question_.exchange, question_.client);
  if (!message) return false;
  if (!answer_ && answers(message->type, question_.type)) {
    answer_ = message;
    wake_.wake_all();
  }
  return true;
}

void DhcpClient::interface_gone() {
  interface_ = nullptr;
  wake_.wake_all();
}

}  // namespace farcall::kernel
