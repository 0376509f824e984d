#include "kernel/net/raw_socket.h"

#include <cstring>

#include "kernel/core/proc.h"
#include "kernel/net/stack.h"

namespace farcall::kernel {

namespace {

constexpr int kDefaultBuffer = 256 << 10;
constexpr int kChecksumOffsetIcmp6 = 2;

std::vector<RawSocket*>* open_sockets;  // never destroyed

std::vector<RawSocket*>& open_list() {
  if (open_sockets == nullptr) open_sockets = new std::vector<RawSocket*>;
  return *open_sockets;
}

/// Does the kernel answer this one itself and keep it from sockets?
bool answered_by_kernel(const struct pbuf* packet, std::size_t header) {
  if (packet->tot_len <= header) return false;
  const u8_t type = pbuf_get_at(packet, static_cast<u16_t>(header));
  return type == NB_ICMP_ECHO;
}

}  // namespace

Result<Ref<Socket>> RawSocket::create(int domain, int protocol) {
  if (!current_process().credentials.superuser()) return Error{NB_EPERM};
  if (protocol < 0 || protocol > 255) return Error{NB_EPROTONOSUPPORT};
  const u8_t type = domain == NB_AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;
  struct raw_pcb* pcb = raw_new_ip_type(type, static_cast<u8_t>(protocol));
  if (pcb == nullptr) return Error{NB_ENOBUFS};
  return Ref<Socket>(new RawSocket(domain, protocol, pcb));
}

RawSocket::RawSocket(int domain, int protocol, struct raw_pcb* pcb)
    : DatagramSocket(domain, NB_SOCK_RAW, protocol), pcb_(pcb) {
  options.send_buffer = options.receive_buffer = kDefaultBuffer;
  if (domain == NB_AF_INET6 && protocol == NB_IPPROTO_ICMPV6) {
    options.checksum_offset = kChecksumOffsetIcmp6;
  }
  if (domain == NB_AF_INET && protocol == NB_IPPROTO_RAW) options.header_included = 1;
  raw_recv(pcb_, on_received, this);
  open_list().push_back(this);
  apply_options();
}

RawSocket::~RawSocket() { close(); }

const std::vector<RawSocket*>& RawSocket::all() { return open_list(); }

void RawSocket::close() {
  if (pcb_ == nullptr) return;
  leave_all_groups();
  std::erase(open_list(), this);
  raw_remove(std::exchange(pcb_, nullptr));
  clear_queue();
}

void RawSocket::apply_options() {
  if (pcb_ == nullptr) return;
  pcb_->chksum_reqd = options.checksum_offset >= 0;
  pcb_->chksum_offset = static_cast<u16_t>(pcb_->chksum_reqd ? options.checksum_offset : 0);
  const int loop = domain() == NB_AF_INET ? options.multicast_loop : options.multicast_loop6;
  raw_setflags(pcb_, static_cast<u8_t>((pcb_->flags & RAW_FLAGS_CONNECTED) |
                                       (options.header_included != 0 ? RAW_FLAGS_HDRINCL : 0) |
                                       (loop != 0 ? RAW_FLAGS_MULTICAST_LOOP : 0)));
}

bool RawSocket::bound() const { return pcb_ != nullptr && !ip_addr_isany(&pcb_->local_ip); }

bool RawSocket::connected() const {
  return pcb_ != nullptr && (pcb_->flags & RAW_FLAGS_CONNECTED) != 0;
}

pbuf_layer RawSocket::layer() const { return options.header_included != 0 ? PBUF_LINK : PBUF_IP; }

std::size_t RawSocket::largest_packet() const {
  if (options.header_included != 0) return 65535;
  return 65535 - (domain() == NB_AF_INET ? IP_HLEN : IP6_HLEN);
}

Result<void> RawSocket::bind(const SocketAddress& address) {
  FARCALL_ASSIGN(const Endpoint endpoint, bindable(address, true));
  ip_addr_copy(pcb_->local_ip, endpoint.address);
  return {};
}

Result<void> RawSocket::connect(const SocketAddress& address) {
  if (address.family() == NB_AF_UNSPEC) {
    raw_disconnect(pcb_);
    return {};
  }
  FARCALL_ASSIGN(const Endpoint to, destination(address));
  raw_connect(pcb_, &to.address);
  return {};
}

Result<SocketAddress> RawSocket::local_address() {
  if (pcb_ == nullptr) return Error{NB_EINVAL};
  return address_from({pcb_->local_ip, 0}, domain());
}

Result<SocketAddress> RawSocket::peer_address() {
  if (!connected()) return Error{NB_ENOTCONN};
  return address_from({pcb_->remote_ip, 0}, domain());
}

Result<void> RawSocket::fix_included_header(struct pbuf* packet) const {
  if (packet->len < IP_HLEN) return Error{NB_EINVAL};
  auto* header = static_cast<struct ip_hdr*>(packet->payload);
  if (IPH_HL_BYTES(header) < IP_HLEN || IPH_HL_BYTES(header) > packet->len) {
    return Error{NB_EINVAL};
  }
  if (header->_len != packet->tot_len) return Error{NB_EINVAL};
  IPH_LEN_SET(header, lwip_htons(header->_len));
  IPH_OFFSET_SET(header, lwip_htons(header->_offset));
  IPH_CHKSUM_SET(header, 0);
  return {};
}

Result<void> RawSocket::transmit(struct pbuf* packet, const Endpoint* to,
                                 const SendControl& control) {
  if (pcb_ == nullptr) return Error{NB_EPIPE};  // closed while the data was copied
  const ip_addr_t target = to != nullptr ? to->address : pcb_->remote_ip;
  FARCALL_ASSIGN(const Way way, way_to(target, pcb_->local_ip, control));
  if ((pcb_->flags & RAW_FLAGS_HDRINCL) != 0) {
    FARCALL_TRY(fix_included_header(packet));
    auto* header = static_cast<struct ip_hdr*>(packet->payload);
    if (header->src.addr == 0) header->src.addr = ip_2_ip4(&way.source)->addr;
    IPH_CHKSUM_SET(header, inet_chksum(header, IPH_HL_BYTES(header)));
  } else if (pcb_->chksum_reqd && !is_v4(target) && packet->len < pcb_->chksum_offset + 2U) {
    return Error{NB_EINVAL};
  }
  pcb_->ttl = hops_for(target, control);
  raw_set_multicast_ttl(pcb_, pcb_->ttl);
  pcb_->tos = class_for(target, control);
  const err_t error = raw_sendto_if_src(pcb_, packet, &target, way.netif, &way.source);
  if (error != ERR_OK) return Error{errno_from_lwip(error)};
  return {};
}

// Never takes the packet: every raw socket that matches gets a copy, and lwIP goes on with the
// original.
u8_t RawSocket::on_received(void* self, struct raw_pcb*, struct pbuf* packet,
                            const ip_addr_t* from) {
  auto* socket = static_cast<RawSocket*>(self);
  if (is_v4(*from)) {
    socket->receive_v4(packet, *from);
  } else {
    socket->receive_v6(packet, *from);
  }
  return 0;
}

void RawSocket::receive_v4(struct pbuf* packet, const ip_addr_t& from) {
  const std::size_t header_size = IPH_HL_BYTES(ip4_current_header());
  if (protocol() == NB_IPPROTO_ICMP && answered_by_kernel(packet, header_size)) return;
  struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
  if (copy == nullptr) return;
  auto* header = static_cast<struct ip_hdr*>(copy->payload);
  header->_len = static_cast<u16_t>(lwip_ntohs(header->_len) - header_size);
  header->_offset = lwip_ntohs(header->_offset);
  deliver(copy, {from, 0});
}

void RawSocket::receive_v6(struct pbuf* packet, const ip_addr_t& from) {
  const u16_t header_size = ip_current_header_tot_len();
  if (packet->tot_len < header_size) return;
  if (protocol() == NB_IPPROTO_ICMPV6 && packet->tot_len > header_size) {
    const u8_t type = pbuf_get_at(packet, header_size);
    if ((options.icmp6_filter[type >> 5] >> (type & 31) & 1) == 0) return;
  }
  struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
  if (copy == nullptr) return;
  pbuf_remove_header(copy, header_size);
  deliver(copy, {from, 0});
}

}  // namespace farcall::kernel
