#include "server/control/interface_message.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <bit>

#include "server/control/control_service.h"

namespace farcall::server {
namespace {

struct Flag {
  int bit;
  const char* name;
};
/// In the order of ifconfig(8).
constexpr Flag kFlags[] = {
    {NB_IFF_UP, "UP"},
    {NB_IFF_BROADCAST, "BROADCAST"},
    {NB_IFF_DEBUG, "DEBUG"},
    {NB_IFF_LOOPBACK, "LOOPBACK"},
    {NB_IFF_POINTOPOINT, "POINTOPOINT"},
    {NB_IFF_RUNNING, "RUNNING"},
    {NB_IFF_NOARP, "NOARP"},
    {NB_IFF_PROMISC, "PROMISC"},
    {NB_IFF_ALLMULTI, "ALLMULTI"},
    {NB_IFF_OACTIVE, "OACTIVE"},
    {NB_IFF_SIMPLEX, "SIMPLEX"},
    {NB_IFF_LINK0, "LINK0"},
    {NB_IFF_LINK1, "LINK1"},
    {NB_IFF_LINK2, "LINK2"},
    {NB_IFF_MULTICAST, "MULTICAST"},
};

std::string hardware_text(const InterfaceInfo& interface) {
  std::string text;
  for (unsigned i = 0; i < interface.hardware_size; ++i) {
    text += fmt::format("{}{:02x}", i == 0 ? "" : ":", interface.hardware[i]);
  }
  return text;
}

std::string address_text(int family, const void* address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, address, text, sizeof text);
}

void add(control::v1::Interface& message, const InterfaceInfo& interface, const Ip4Address& from) {
  auto& to = *message.add_addresses();
  to.set_address(address_text(AF_INET, &from.address));
  to.set_prefix_length(static_cast<std::uint32_t>(std::popcount(from.mask)));
  if ((interface.flags & NB_IFF_POINTOPOINT) != 0) {
    to.set_peer(address_text(AF_INET, &from.broadcast));
  } else if ((interface.flags & NB_IFF_BROADCAST) != 0) {
    to.set_broadcast(address_text(AF_INET, &from.broadcast));
  }
}

void add(control::v1::Interface& message, const InterfaceInfo& interface, const Ip6Address& from) {
  auto& to = *message.add_addresses();
  to.set_address(address_text(AF_INET6, from.address.bytes.data()));
  to.set_prefix_length(static_cast<std::uint32_t>(from.prefix));
  if (from.address.scope != 0) to.set_scope(printable(interface.name));
}

void fill(control::v1::InterfaceCounters& to, const netbsd::if_data& from) {
  to.set_packets_in(from.ifi_ipackets);
  to.set_bytes_in(from.ifi_ibytes);
  to.set_errors_in(from.ifi_ierrors);
  to.set_multicasts_in(from.ifi_imcasts);
  to.set_drops_in(from.ifi_iqdrops);
  to.set_packets_out(from.ifi_opackets);
  to.set_bytes_out(from.ifi_obytes);
  to.set_errors_out(from.ifi_oerrors);
  to.set_multicasts_out(from.ifi_omcasts);
  to.set_collisions(from.ifi_collisions);
}

}  // namespace

control::v1::Interface interface_message(const InterfaceInfo& interface) {
  control::v1::Interface message;
  message.set_name(printable(interface.name));
  message.set_index(interface.index);
  for (const auto& [bit, name] : kFlags) {
    if ((interface.flags & bit) != 0) message.add_flags(name);
  }
  message.set_mtu(interface.data.ifi_mtu);
  message.set_link_address(hardware_text(interface));
  for (const auto& address : interface.ipv4) add(message, interface, address);
  for (const auto& address : interface.ipv6) add(message, interface, address);
  fill(*message.mutable_counters(), interface.data);
  return message;
}

}  // namespace farcall::server
