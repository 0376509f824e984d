#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/flags.h"
#include "personality/ioctl_interface.h"

namespace farcall::personality {
namespace {

sockaddr inet_sockaddr(std::uint32_t address) {
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = address;
  sockaddr result;
  static_assert(sizeof result == sizeof in);
  std::memcpy(&result, &in, sizeof in);
  return result;
}

using Answer = Sysret (*)(const Named&, ifreq&);

Sysret get_flags(const Named& named, ifreq& request) {
  request.ifr_flags = static_cast<short>(interface_flags_to_linux(named.interface->flags));
  return 0;
}

template <std::uint32_t Ip4Address::*member>
Sysret get_address(const Named& named, ifreq& request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  request.ifr_addr = inet_sockaddr(named.address->*member);
  return 0;
}

/// Linux shows the own address as the peer's where there is no peer, and no broadcast address where
/// nothing broadcasts.
Sysret get_peer(const Named& named, ifreq& request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  const bool has_peer = (interface_flags_to_linux(named.interface->flags) & IFF_POINTOPOINT) != 0;
  request.ifr_dstaddr = inet_sockaddr(has_peer ? named.address->broadcast : named.address->address);
  return 0;
}

Sysret get_broadcast(const Named& named, ifreq& request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  const bool broadcasts = (interface_flags_to_linux(named.interface->flags) & IFF_BROADCAST) != 0;
  request.ifr_broadaddr = inet_sockaddr(broadcasts ? named.address->broadcast : 0);
  return 0;
}

Sysret get_mtu(const Named& named, ifreq& request) {
  request.ifr_mtu = static_cast<int>(named.interface->data.ifi_mtu);
  return 0;
}

Sysret get_index(const Named& named, ifreq& request) {
  request.ifr_ifindex = static_cast<int>(named.interface->index);
  return 0;
}

Sysret get_hardware(const Named& named, ifreq& request) {
  request.ifr_hwaddr = {};
  request.ifr_hwaddr.sa_family = hardware_type(*named.interface);
  std::memcpy(request.ifr_hwaddr.sa_data, named.interface->hardware.data(),
              named.interface->hardware_size);
  return 0;
}

Sysret get_metric(const Named&, ifreq& request) {
  request.ifr_metric = 0;  // Linux's answer for every interface
  return 0;
}

/// No interface here has hardware that could be mapped.
Sysret get_map(const Named&, ifreq& request) {
  request.ifr_map = {};
  return 0;
}

/// Packets are handed on at once: there is no transmit queue whose length could be told.
Sysret get_queue_length(const Named&, ifreq& request) {
  request.ifr_qlen = 0;
  return 0;
}

struct AnswerRow {
  unsigned long command;
  Answer answer;
};
constexpr AnswerRow kAnswers[] = {
    {SIOCGIFFLAGS, get_flags},
    {SIOCGIFADDR, get_address<&Ip4Address::address>},
    {SIOCGIFNETMASK, get_address<&Ip4Address::mask>},
    {SIOCGIFBRDADDR, get_broadcast},
    {SIOCGIFDSTADDR, get_peer},
    {SIOCGIFMTU, get_mtu},
    {SIOCGIFINDEX, get_index},
    {SIOCGIFHWADDR, get_hardware},
    {SIOCGIFMETRIC, get_metric},
    {SIOCGIFMAP, get_map},
    {SIOCGIFTXQLEN, get_queue_length},
};

const AnswerRow* find_answer(unsigned long command) {
  const auto* found = std::find_if(std::begin(kAnswers), std::end(kAnswers),
                                   [&](const AnswerRow& row) { return row.command == command; });
  return found == std::end(kAnswers) ? nullptr : found;
}

void set_name(ifreq& request, const std::string& name) {
  std::memset(request.ifr_name, 0, sizeof request.ifr_name);
  std::memcpy(request.ifr_name, name.data(), std::min(name.size(), sizeof request.ifr_name - 1));
}

}  // namespace

Sysret find_named(const InterfaceList& list, const ifreq& request, Named& named) {
  const std::string_view label(request.ifr_name, strnlen(request.ifr_name, IFNAMSIZ));
  named.interface = find_interface(list, label.substr(0, label.find(':')));
  if (named.interface == nullptr || label.back() == ':') return -ENODEV;
  named.alias = label.size() > named.interface->name.size();
  const auto& addresses = named.interface->ipv4;
  const auto found = std::ranges::find(addresses, label, &Ip4Address::label);
  named.address = found == addresses.end() ? nullptr : &*found;
  return 0;
}

bool is_interface_question(unsigned long command) { return find_answer(command) != nullptr; }

Sysret answer_interface_request(unsigned long command, const Named& named, ifreq& request) {
  const AnswerRow* row = find_answer(command);
  return row == nullptr ? -ENOTTY : row->answer(named, request);
}

Sysret answer_name(const InterfaceList& list, ifreq& request) {
  const InterfaceInfo* interface = find_interface(list, static_cast<unsigned>(request.ifr_ifindex));
  if (interface == nullptr) return -ENODEV;
  set_name(request, interface->name);
  return 0;
}

Sysret answer_configuration(const InterfaceList& list, ifconf& request) {
  const bool counting = request.ifc_buf == nullptr;  // whatever the length says
  const int length = std::max(request.ifc_len, 0);
  const std::size_t room = counting ? SIZE_MAX : static_cast<std::size_t>(length) / sizeof(ifreq);
  std::size_t count = 0;
  for (const InterfaceInfo& one : list) {
    for (const Ip4Address& address : one.ipv4) {
      if (count == room) break;
      ++count;
      if (counting) continue;
      ifreq entry = {};
      set_name(entry, address.label);
      entry.ifr_addr = inet_sockaddr(address.address);
      std::memcpy(request.ifc_buf + (count - 1) * sizeof entry, &entry, sizeof entry);
    }
  }
  request.ifc_len = static_cast<int>(count * sizeof(ifreq));
  return 0;
}

}  // namespace farcall::personality
