#include "kernel/net/datagram_socket.h"

#include <algorithm>
#include <memory>

#include "kernel/net/control.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"

namespace farcall::kernel {

namespace {
/// What a queued packet counts beyond its bytes, so that empty ones fill a buffer too.
constexpr std::size_t kOverhead = 64;

int current_hops() {
  return ip_current_is_v6() ? IP6H_HOPLIM(ip6_current_header()) : IPH_TTL(ip4_current_header());
}

int current_class() {
  return ip_current_is_v6() ? IP6H_TC(ip6_current_header()) : IPH_TOS(ip4_current_header());
}
}  // namespace

Datagram::Datagram(struct pbuf* buffer, const Endpoint& sender) : from(sender), buffer_(buffer) {}

Datagram::Datagram(Datagram&& other) noexcept
    : from(other.from),
      to(other.to),
      interface_index(other.interface_index),
      hops(other.hops),
      traffic_class(other.traffic_class),
      arrived(other.arrived),
      buffer_(std::exchange(other.buffer_, nullptr)) {}

Datagram::~Datagram() {
  if (buffer_ != nullptr) pbuf_free(buffer_);
}

DatagramSocket::~DatagramSocket() = default;

void DatagramSocket::deliver(struct pbuf* buffer, const Endpoint& from) {
  const std::size_t cost = buffer->tot_len + kOverhead;
  const auto limit = static_cast<std::size_t>(options.receive_buffer);
  if (receive_closed_ || (queued_bytes_ + cost > limit && !queue_.empty())) {
    pbuf_free(buffer);
    return;
  }
  queue_.emplace_back(buffer, from);
  Datagram& datagram = queue_.back();
  ip_addr_copy(datagram.to, *ip_current_dest_addr());
  if (const Interface* interface = interface_of(ip_current_input_netif())) {
    datagram.interface_index = interface->index();
  }
  datagram.hops = current_hops();
  datagram.traffic_class = current_class();
  if ((options.flags & NB_SO_TIMESTAMP) != 0) datagram.arrived = realtime_now();
  queued_bytes_ += cost;
  reading_.wake();
  poll_source().notify();
}

void DatagramSocket::clear_queue() {
  queue_.clear();
  queued_bytes_ = 0;
}

Result<struct pbuf*> DatagramSocket::packet_from(Uio& uio) const {
  const std::size_t size = uio.resid();
  if (size > largest_packet() || size > static_cast<std::size_t>(options.send_buffer)) {
    return Error{NB_EMSGSIZE};
  }
  struct pbuf* packet = pbuf_alloc(layer(), static_cast<u16_t>(size), PBUF_RAM);
  if (packet == nullptr) return Error{NB_ENOBUFS};
  // PBUF_RAM is one piece.
  auto copied = uio.copy_from_user({static_cast<std::byte*>(packet->payload), size});
  if (copied) return packet;
  pbuf_free(packet);
  return copied.error();
}

Result<std::size_t> DatagramSocket::send(SendRequest& request) {
  if ((request.flags & NB_MSG_OOB) != 0) return Error{NB_EOPNOTSUPP};
  FARCALL_ASSIGN(const SendControl control, read_send_control(request.control, domain()));
  if (const int error = take_error()) return Error{error};
  if (send_closed_) return Error{NB_EPIPE};
  Endpoint to;
  if (request.to != nullptr) {
    if (connected()) return Error{NB_EISCONN};
    FARCALL_ASSIGN(to, destination(*request.to));
  } else if (!connected()) {
    // As POSIX has it for both families; NetBSD's IPv6 says ENOTCONN.
    return Error{type() == NB_SOCK_DGRAM ? NB_EDESTADDRREQ : NB_ENOTCONN};
  }
  const std::size_t size = request.uio->resid();
  FARCALL_ASSIGN(struct pbuf * packet, packet_from(*request.uio));
  StackScope scope;
  auto sent = transmit(packet, request.to != nullptr ? &to : nullptr, control);
  pbuf_free(packet);
  if (!sent) return sent.error();
  return size;
}

Result<void> DatagramSocket::wait_for_datagram(int message_flags) {
  const Deadline deadline = receive_deadline();
  while (queue_.empty()) {
    if (const int error = take_error()) return Error{error};
    if (receive_closed_) return {};
    if (!may_wait(message_flags)) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(reading_.sleep(deadline));
  }
  return {};
}

Result<std::size_t> DatagramSocket::receive_one(ReceiveRequest& request) {
  FARCALL_TRY(wait_for_datagram(request.flags));
  if (queue_.empty()) return std::size_t{0};
  const Datagram& datagram = queue_.front();
  const std::size_t whole = datagram.size();
  const std::size_t size = std::min(whole, request.uio->resid());
  request.from = address_from(datagram.from, domain());
  request.control = control_messages(datagram, options);
  if (size < whole) request.result_flags |= NB_MSG_TRUNC;
  const std::unique_ptr<std::byte[]> data(new std::byte[size]);
  pbuf_copy_partial(datagram.buffer(), data.get(), static_cast<u16_t>(size), 0);
  if ((request.flags & NB_MSG_PEEK) == 0) {
    queued_bytes_ -= whole + kOverhead;
    queue_.pop_front();
  }
  FARCALL_TRY(request.uio->copy_to_user({data.get(), size}));
  return size;
}

Result<std::size_t> DatagramSocket::receive(ReceiveRequest& request) {
  if ((request.flags & NB_MSG_OOB) != 0) return Error{NB_EOPNOTSUPP};
  return receive_one(request);
}

Result<void> DatagramSocket::shutdown(int how) {
  if (how < NB_SHUT_RD || how > NB_SHUT_RDWR) return Error{NB_EINVAL};
  if (!connected()) return Error{NB_ENOTCONN};
  if (how != NB_SHUT_WR) {
    receive_closed_ = true;
    clear_queue();
    reading_.wake();
  }
  if (how != NB_SHUT_RD) send_closed_ = true;
  poll_source().notify();
  return {};
}

short DatagramSocket::poll(short events) {
  int ready = NB_POLLOUT | NB_POLLWRNORM;
  if (!queue_.empty() || receive_closed_ || error() != 0) ready |= NB_POLLIN | NB_POLLRDNORM;
  ready &= events;
  if (error() != 0) ready |= NB_POLLERR;
  if (receive_closed_ && send_closed_) ready |= NB_POLLHUP;
  return static_cast<short>(ready);
}

std::size_t DatagramSocket::receive_queued() const {
  return queue_.empty() ? 0 : queue_.front().size();
}

Result<DatagramSocket::Way> DatagramSocket::way_to(const ip_addr_t& destination,
                                                   const ip_addr_t& bound,
                                                   const SendControl& control) const {
  if (control.has_source && is_v4(control.source) != is_v4(destination)) {
    return Error{NB_EADDRNOTAVAIL};
  }
  const ip_addr_t& wanted = control.has_source ? control.source : bound;
  unsigned index = control.interface_index;
  if (index == 0 && ip_addr_ismulticast(&destination)) index = options.multicast_interface;
  const Interface* chosen = interface_by_index(index);
  struct netif* netif = chosen != nullptr ? chosen->primary() : ip_route(&wanted, &destination);
  if (netif == nullptr) return Error{NB_EHOSTUNREACH};
  if (!ip_addr_isany_val(wanted) && !ip_addr_ismulticast(&wanted) &&
      is_v4(wanted) == is_v4(destination)) {
    return Way{netif, wanted};
  }
  const ip_addr_t* source = ip_netif_get_local_ip(netif, &destination);
  if (source == nullptr) return Error{NB_EADDRNOTAVAIL};
  return Way{netif, *source};
}

std::uint8_t DatagramSocket::hops_for(const ip_addr_t& destination,
                                      const SendControl& control) const {
  if (control.hops >= 0) return static_cast<std::uint8_t>(control.hops);
  const bool multicast = ip_addr_ismulticast(&destination);
  if (is_v4(destination)) {
    return static_cast<std::uint8_t>(multicast ? options.multicast_ttl : options.ttl);
  }
  const int hops = multicast ? options.multicast_hops : options.hops;
  return static_cast<std::uint8_t>(hops >= 0 ? hops : multicast ? 1 : 64);
}

std::uint8_t DatagramSocket::class_for(const ip_addr_t& destination,
                                       const SendControl& control) const {
  if (control.traffic_class >= 0) return static_cast<std::uint8_t>(control.traffic_class);
  return static_cast<std::uint8_t>(is_v4(destination) ? options.tos
                                                      : std::max(options.traffic_class, 0));
}

Result<void> DatagramSocket::check_broadcast(const ip_addr_t& destination,
                                             const struct netif* netif) const {
  if (!is_v4(destination) || (options.flags & NB_SO_BROADCAST) != 0) return {};
  if (ip4_addr_isbroadcast(ip_2_ip4(&destination), netif)) return Error{NB_EACCES};
  return {};
}

}  // namespace farcall::kernel
