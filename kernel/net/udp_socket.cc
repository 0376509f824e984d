#include "kernel/net/udp_socket.h"

#include "kernel/net/ports.h"
#include "kernel/net/stack.h"

namespace farcall::kernel {

namespace {
constexpr int kDefaultSendBuffer = 65535;
constexpr int kDefaultReceiveBuffer = 512 << 10;
constexpr std::size_t kLargestV4 = 65535 - IP_HLEN - UDP_HLEN;
constexpr std::size_t kLargestV6 = 65535 - IP6_HLEN - UDP_HLEN;
}  // namespace

Result<Ref<Socket>> UdpSocket::create(int domain) {
  struct udp_pcb* pcb = udp_new_ip_type(domain == NB_AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6);
  if (pcb == nullptr) return Error{NB_ENOBUFS};
  return Ref<Socket>(new UdpSocket(domain, pcb));
}

UdpSocket::UdpSocket(int domain, struct udp_pcb* pcb)
    : DatagramSocket(domain, NB_SOCK_DGRAM, NB_IPPROTO_UDP), pcb_(pcb) {
  options.send_buffer = kDefaultSendBuffer;
  options.receive_buffer = kDefaultReceiveBuffer;
  ip_set_option(pcb_, SOF_REUSEADDR);  // see ports.h
  udp_recv(pcb_, on_received, this);
}

UdpSocket::~UdpSocket() { close(); }

void UdpSocket::close() {
  if (pcb_ == nullptr) return;
  leave_all_groups();
  udp_remove(std::exchange(pcb_, nullptr));
  clear_queue();
}

void UdpSocket::apply_options() {
  if (pcb_ == nullptr) return;
  if (!bound()) {
    IP_SET_TYPE_VAL(pcb_->local_ip, address_type());
    IP_SET_TYPE_VAL(pcb_->remote_ip, address_type());
  }
  const bool loop =
      (domain() == NB_AF_INET ? options.multicast_loop : options.multicast_loop6) != 0;
  if (loop) {
    udp_set_flags(pcb_, UDP_FLAGS_MULTICAST_LOOP);
  } else {
    udp_clear_flags(pcb_, UDP_FLAGS_MULTICAST_LOOP);
  }
}

std::size_t UdpSocket::largest_packet() const {
  return domain() == NB_AF_INET ? kLargestV4 : kLargestV6;
}

bool UdpSocket::connected() const {
  return pcb_ != nullptr && (pcb_->flags & UDP_FLAGS_CONNECTED) != 0;
}

Result<void> UdpSocket::bind(const SocketAddress& address) {
  if (bound()) return Error{NB_EINVAL};
  FARCALL_ASSIGN(const Endpoint endpoint, bindable(address, true));
  FARCALL_TRY(check_port_permission(endpoint.port));
  return bind_to(endpoint);
}

Result<void> UdpSocket::bind_to(const Endpoint& endpoint) {
  std::uint16_t port = endpoint.port;
  if (port == 0) {
    FARCALL_ASSIGN(port, udp_free_port());
  }
  const bool any = ip_addr_isany_val(endpoint.address);
  const std::uint8_t type = any ? address_type() : IP_GET_TYPE(&endpoint.address);
  if (endpoint.port != 0 && udp_port_taken(*this, endpoint, type)) return Error{NB_EADDRINUSE};
  ip_addr_t local = endpoint.address;
  IP_SET_TYPE_VAL(local, type);
  if (udp_bind(pcb_, &local, port) != ERR_OK) return Error{NB_EAGAIN};
  return {};
}

void UdpSocket::disconnect() {
  udp_disconnect(pcb_);
  if (!address_chosen_) return;
  address_chosen_ = false;
  ip_addr_t any = any_address(domain());
  IP_SET_TYPE_VAL(any, address_type());
  pcb_->local_ip = any;
}

Result<void> UdpSocket::connect(const SocketAddress& address) {
  if (address.family() == NB_AF_UNSPEC) {
    if (connected()) disconnect();
    return {};
  }
  FARCALL_ASSIGN(const Endpoint to, destination(address));
  if (to.port == 0) return Error{NB_EADDRNOTAVAIL};
  if (connected()) disconnect();
  if (!bound()) FARCALL_TRY(bind_to({any_address(domain()), 0}));
  FARCALL_ASSIGN(const Way way, way_to(to.address, pcb_->local_ip, {}));
  FARCALL_TRY(check_broadcast(to.address, way.netif));
  if (ip_addr_isany(&pcb_->local_ip)) {
    ip_addr_copy(pcb_->local_ip, way.source);
    address_chosen_ = true;
  }
  const err_t error = udp_connect(pcb_, &to.address, to.port);
  if (error != ERR_OK) return Error{errno_from_lwip(error)};
  return {};
}

Result<SocketAddress> UdpSocket::local_address() {
  if (pcb_ == nullptr) return Error{NB_EINVAL};
  return address_from({pcb_->local_ip, pcb_->local_port}, domain());
}

Result<SocketAddress> UdpSocket::peer_address() {
  if (!connected()) return Error{NB_ENOTCONN};
  return address_from({pcb_->remote_ip, pcb_->remote_port}, domain());
}

Result<void> UdpSocket::transmit(struct pbuf* packet, const Endpoint* to,
                                 const SendControl& control) {
  if (pcb_ == nullptr) return Error{NB_EPIPE};  // closed while the data was copied
  const Endpoint target = to != nullptr ? *to : Endpoint{pcb_->remote_ip, pcb_->remote_port};
  if (target.port == 0) return Error{NB_EADDRNOTAVAIL};
  if (!bound()) FARCALL_TRY(bind_to({any_address(domain()), 0}));
  FARCALL_ASSIGN(const Way way, way_to(target.address, pcb_->local_ip, control));
  FARCALL_TRY(check_broadcast(target.address, way.netif));
  pcb_->ttl = hops_for(target.address, control);
  udp_set_multicast_ttl(pcb_, pcb_->ttl);
  pcb_->tos = class_for(target.address, control);
  const err_t error =
      udp_sendto_if_src(pcb_, packet, &target.address, target.port, way.netif, &way.source);
  if (error != ERR_OK) return Error{errno_from_lwip(error)};
  return {};
}

void UdpSocket::on_received(void* self, struct udp_pcb*, struct pbuf* packet, const ip_addr_t* from,
                            u16_t port) {
  auto* socket = static_cast<UdpSocket*>(self);
  const Endpoint sender = {*from, port};
  if (ip_addr_ismulticast(ip_current_dest_addr()) ||
      ip_addr_isbroadcast(ip_current_dest_addr(), ip_current_input_netif())) {
    share_multicast(socket, packet, sender);
  } else {
    socket = socket->receiver_for(sender);
  }
  socket->deliver(packet, sender);
}

bool UdpSocket::shares_port_with(const UdpSocket& other) const {
  const int both = options.flags & other.options.flags;
  return (both & NB_SO_REUSEPORT) != 0 && !connected() && !other.connected() &&
         pcb_->local_port == other.pcb_->local_port &&
         ip_addr_cmp(&pcb_->local_ip, &other.pcb_->local_ip);
}

UdpSocket* UdpSocket::receiver_for(const Endpoint& peer) {
  if ((options.flags & NB_SO_REUSEPORT) == 0) return this;
  UdpSocket* chosen = this;
  for (struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->recv != on_received) continue;
    auto* each = static_cast<UdpSocket*>(pcb->recv_arg);
    if (!each->shares_port_with(*this)) continue;
    if (share_of(*each, peer) > share_of(*chosen, peer)) chosen = each;
  }
  return chosen;
}

// lwIP gives a packet to one socket; one for many is for each that is bound so that it matches.
void UdpSocket::share_multicast(const UdpSocket* first, struct pbuf* packet, const Endpoint& from) {
  for (struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    auto* socket = static_cast<UdpSocket*>(pcb->recv_arg);
    if (socket == nullptr || socket == first || pcb->local_port != first->pcb_->local_port)
      continue;
    if (pcb->recv != on_received || socket->connected()) continue;
    const bool family =
        IP_IS_ANY_TYPE_VAL(pcb->local_ip) || is_v4(pcb->local_ip) == is_v4(from.address);
    if (!family) continue;
    if (!ip_addr_isany(&pcb->local_ip) && !ip_addr_cmp(&pcb->local_ip, ip_current_dest_addr()))
      continue;
    if (struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, packet)) socket->deliver(copy, from);
  }
}

void UdpSocket::unreachable(const Endpoint& local, const Endpoint& remote, int error) {
  for (struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->recv != on_received || (pcb->flags & UDP_FLAGS_CONNECTED) == 0) continue;
    if (pcb->local_port != local.port || pcb->remote_port != remote.port) continue;
    if (!ip_addr_cmp_zoneless(&pcb->remote_ip, &remote.address)) continue;
    static_cast<UdpSocket*>(pcb->recv_arg)->set_error(error);
  }
}

}  // namespace farcall::kernel
