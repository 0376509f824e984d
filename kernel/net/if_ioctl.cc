#include "kernel/net/if_ioctl.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "kernel/core/proc.h"
#include "kernel/core/uio.h"
#include "kernel/net/address.h"
#include "kernel/net/ethernet_interface.h"
#include "kernel/net/if_ioctl_handlers.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

using netbsd::ifreq;

ifreq& request(void* data) { return *static_cast<ifreq*>(data); }

/// The name that every one of these structures begins with.
std::string_view interface_name(const void* data) {
  const auto* name = static_cast<const char*>(data);
  return {name, strnlen(name, NB_IFNAMSIZ)};
}

Result<void> get_flags(Interface& interface, void* data) {
  request(data).ifr_ifru.ifru_flags = static_cast<short>(interface.flags());
  return {};
}

Result<void> set_flags(Interface& interface, void* data) {
  return interface.set_flags(static_cast<unsigned short>(request(data).ifr_ifru.ifru_flags));
}

Result<void> get_metric(Interface& interface, void* data) {
  request(data).ifr_ifru.ifru_metric = interface.metric;
  return {};
}

Result<void> set_metric(Interface& interface, void* data) {
  interface.metric = request(data).ifr_ifru.ifru_metric;
  return {};
}

Result<void> get_mtu(Interface& interface, void* data) {
  request(data).ifr_ifru.ifru_mtu = static_cast<int>(interface.mtu());
  return {};
}

Result<void> set_mtu(Interface& interface, void* data) {
  const int mtu = request(data).ifr_ifru.ifru_mtu;
  if (mtu < 0) return Error{NB_EINVAL};
  return interface.set_mtu(static_cast<unsigned>(mtu));
}

Result<void> get_index(Interface& interface, void* data) {
  request(data).ifr_ifru.ifru_value = interface.index();
  return {};
}

Result<void> get_data(Interface& interface, void* data) {
  const netbsd::if_data counters = interface.data();
  auto& answer = *static_cast<netbsd::ifdatareq*>(data);
  static_assert(sizeof answer.ifdr_data == sizeof counters);
  std::memcpy(&answer.ifdr_data, &counters, sizeof counters);
  return {};
}

Result<void> take_data(Interface& interface, void* data) {
  FARCALL_TRY(get_data(interface, data));
  interface.clear_counters();
  return {};
}

Result<void> destroy(Interface& interface, void*) { return ethernet_destroy(interface.name()); }

Result<void> set_link(Interface& interface, void* data) {
  if (!ethernet_link_is_open(interface)) return Error{NB_EPERM};
  const auto& drive = *static_cast<const netbsd::ifdrv*>(data);
  if (drive.ifd_cmd == 1) return ethernet_set_link(interface.name(), {});  // IFLINKSTR_UNSET
  if (drive.ifd_cmd != 0) return Error{NB_ENOTTY};
  const auto address = reinterpret_cast<UserAddress>(drive.ifd_data);
  FARCALL_ASSIGN(const std::string link, copyin_string(address, NB_IFNAMSIZ));
  return ethernet_set_link(interface.name(), link);
}

struct InterfaceCommand {
  unsigned long command;
  bool privileged;
  Result<void> (*run)(Interface&, void* data);
};

constexpr InterfaceCommand kCommands[] = {
    {NB_SIOCGIFFLAGS, false, get_flags},
    {NB_SIOCSIFFLAGS, true, set_flags},
    {NB_SIOCGIFMETRIC, false, get_metric},
    {NB_SIOCSIFMETRIC, true, set_metric},
    {NB_SIOCGIFMTU, false, get_mtu},
    {NB_SIOCSIFMTU, true, set_mtu},
    {NB_SIOCGIFINDEX, false, get_index},
    {NB_SIOCGIFDATA, false, get_data},
    {NB_SIOCZIFDATA, true, take_data},
    {NB_SIOCIFDESTROY, true, destroy},
    {NB_SIOCSLINKSTR, true, set_link},
    {NB_SIOCGIFADDR, false, get_address},
    {NB_SIOCGIFNETMASK, false, get_netmask},
    {NB_SIOCGIFBRDADDR, false, get_broadcast},
    {NB_SIOCGIFDSTADDR, false, get_destination},
    {NB_SIOCGIFALIAS, false, get_alias},
    {NB_SIOCSIFADDR, true, set_address},
    {NB_SIOCSIFNETMASK, true, set_netmask},
    {NB_SIOCSIFBRDADDR, true, set_broadcast},
    {NB_SIOCAIFADDR, true, add_alias},
    {NB_SIOCDIFADDR, true, delete_address},
    {NB_SIOCGIFADDR_IN6, false, get_address6},
    {NB_SIOCGIFNETMASK_IN6, false, get_netmask6},
    {NB_SIOCGIFAFLAG_IN6, false, get_flags6},
    {NB_SIOCGIFALIFETIME_IN6, false, get_lifetime6},
    {NB_SIOCAIFADDR_IN6, true, add_alias6},
    {NB_SIOCDIFADDR_IN6, true, delete_address6},
};

template <class T>
void append(std::vector<ifreq>& list, const Interface& interface, const T& address) {
  ifreq entry = {};
  std::memcpy(entry.ifr_name, interface.name().data(), interface.name().size());
  std::memcpy(&entry.ifr_ifru, &address, sizeof address);
  list.push_back(entry);
}

std::vector<ifreq> all_addresses() {
  std::vector<ifreq> list;
  for (const auto& interface : interfaces()) {
    append(list, *interface, interface->link_sockaddr());
    for (const auto& each : interface->ipv4()) append(list, *interface, sockaddr_v4(each.address));
    for (const auto& each : interface->ipv6()) append(list, *interface, sockaddr_v6(each.address));
  }
  return list;
}

Result<void> list_addresses(void* data) {
  auto& conf = *static_cast<netbsd::ifconf*>(data);
  const std::vector<ifreq> list = all_addresses();
  const auto address = reinterpret_cast<UserAddress>(conf.ifc_ifcu.ifcu_buf);
  const std::size_t needed = list.size() * sizeof(ifreq);
  if (address == 0) {
    conf.ifc_len = static_cast<int>(needed);
    return {};
  }
  if (conf.ifc_len < 0) return Error{NB_EINVAL};
  const std::size_t room = static_cast<std::size_t>(conf.ifc_len) / sizeof(ifreq);
  const std::size_t size = std::min(room, list.size()) * sizeof(ifreq);
  conf.ifc_len = static_cast<int>(size);
  return copyout(list.data(), address, size);
}

Result<void> list_cloners(void* data) {
  auto& cloners = *static_cast<netbsd::if_clonereq*>(data);
  const auto drivers = ethernet_drivers();
  cloners.ifcr_total = static_cast<int>(drivers.size());
  const auto address = reinterpret_cast<UserAddress>(cloners.ifcr_buffer);
  if (address == 0) return {};
  if (cloners.ifcr_count < 0) return Error{NB_EINVAL};
  const auto room = static_cast<std::size_t>(cloners.ifcr_count);
  std::string names;
  for (const auto& driver : drivers) {
    names.append(driver);
    names.append(NB_IFNAMSIZ - driver.size(), '\0');
  }
  return copyout(names.data(), address, std::min(names.size(), room * NB_IFNAMSIZ));
}

Result<void> create(void* data) {
  if (!current_process().credentials.superuser()) return Error{NB_EPERM};
  return ethernet_create(interface_name(data));
}

}  // namespace

Result<void> interface_ioctl(unsigned long command, void* data) {
  switch (command) {
    case NB_SIOCGIFCONF:
      return list_addresses(data);
    case NB_SIOCIFGCLONERS:
      return list_cloners(data);
    case NB_SIOCIFCREATE:
      return create(data);
    default:
      break;
  }
  for (const InterfaceCommand& each : kCommands) {
    if (each.command != command) continue;
    Interface* interface = interface_by_name(interface_name(data));
    if (interface == nullptr) return Error{NB_ENXIO};
    if (each.privileged && !current_process().credentials.superuser()) return Error{NB_EPERM};
    return each.run(*interface, data);
  }
  return Error{NB_ENOTTY};
}

}  // namespace farcall::kernel
