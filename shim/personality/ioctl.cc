// ioctl: one table from Linux's requests to who answers them.
#include "personality/netbsd.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "personality/call.h"
#include "personality/ioctl_interface.h"
#include "personality/ioctl_route.h"
#include "personality/ioctl_table.h"
#include "personality/personality.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

using enum IoctlKind;

constexpr IoctlRow kRows[] = {
    {FIONREAD, pass, NB_FIONREAD},
    {FIONBIO, pass, NB_FIONBIO},
    {FIOASYNC, pass, NB_FIOASYNC},
    {TIOCOUTQ, pass, NB_FIONWRITE},
    {SIOCATMARK, pass, NB_SIOCATMARK},
    {SIOCGSTAMP_OLD, refuse, ENOENT},  // Linux's answer while nothing was stamped

    {SIOCGIFCONF, interface, 0},
    {SIOCGIFNAME, interface, 0},
    {SIOCGIFFLAGS, interface, 0},
    {SIOCSIFFLAGS, interface, 0},
    {SIOCGIFADDR, interface, 0},
    {SIOCSIFADDR, interface, 0},
    {SIOCDIFADDR, interface, 0},
    {SIOCGIFDSTADDR, interface, 0},
    {SIOCSIFDSTADDR, interface, 0},
    {SIOCGIFBRDADDR, interface, 0},
    {SIOCSIFBRDADDR, interface, 0},
    {SIOCGIFNETMASK, interface, 0},
    {SIOCSIFNETMASK, interface, 0},
    {SIOCGIFMETRIC, interface, 0},
    {SIOCSIFMETRIC, interface, 0},
    {SIOCGIFMTU, interface, 0},
    {SIOCSIFMTU, interface, 0},
    {SIOCGIFHWADDR, interface, 0},
    {SIOCSIFHWADDR, interface, 0},
    {SIOCSIFHWBROADCAST, interface, 0},
    {SIOCGIFINDEX, interface, 0},
    {SIOCGIFMAP, interface, 0},
    {SIOCSIFMAP, interface, 0},
    {SIOCGIFTXQLEN, interface, 0},
    {SIOCSIFTXQLEN, interface, 0},
    {SIOCSIFNAME, interface, 0},
    {SIOCADDMULTI, interface, 0},
    {SIOCDELMULTI, interface, 0},

    {SIOCADDRT, route, 0},
    {SIOCDELRT, route, 0},
    {SIOCGARP, arp, 0},
    {SIOCSARP, arp, 0},
    {SIOCDARP, arp, 0},

    {SIOCETHTOOL, refuse, EOPNOTSUPP},
    {SIOCGMIIPHY, refuse, EOPNOTSUPP},
    {SIOCGMIIREG, refuse, EOPNOTSUPP},
    {SIOCGIFSLAVE, refuse, EOPNOTSUPP},
    {SIOCGIFENCAP, refuse, EOPNOTSUPP},
    {SIOCGIFMEM, refuse, EOPNOTSUPP},
    {SIOCGIFPFLAGS, refuse, EOPNOTSUPP},
    {SIOCGIFVLAN, refuse, EOPNOTSUPP},
    {SIOCSIFVLAN, refuse, EOPNOTSUPP},
    {SIOCGIFBR, refuse, EOPNOTSUPP},
    {SIOCSIFBR, refuse, EOPNOTSUPP},
    {SIOCGRARP, refuse, EOPNOTSUPP},
};

/// The wireless extensions: no interface here has them.
constexpr unsigned long kFirstWireless = 0x8b00, kLastWireless = 0x8bff;

/// ENOTTY, as for any descriptor that has no such requests, where the kernel says that it is no
/// socket.
Sysret family_or_enotty(int kfd) {
  const Sysret family = socket_family(kfd);
  return family == -ENOTSOCK || family == -EOPNOTSUPP ? -ENOTTY : family;
}

Sysret on_socket(int kfd, const IoctlRow& row, void* argument) {
  const Sysret family = family_or_enotty(kfd);
  if (family < 0) return family;
  if (row.kind == interface)
    return interface_ioctl(kfd, static_cast<int>(family), row.request, argument);
  if (row.kind == route) return route_ioctl(static_cast<int>(family), row.request, argument);
  return row.kind == arp ? arp_ioctl(row.request, argument) : -static_cast<Sysret>(row.value);
}

}  // namespace

std::span<const IoctlRow> ioctl_table() { return kRows; }

const IoctlRow* find_ioctl(unsigned long request) {
  for (const IoctlRow& row : kRows) {
    if (row.request == request) return &row;
  }
  return nullptr;
}

Sysret ioctl(int kfd, unsigned long request, void* argument) {
  request &= 0xffffffff;  // Linux's requests are 32 bits; a negative int arrives sign-extended
  const IoctlRow* row = find_ioctl(request);
  if (row == nullptr) {
    const bool wireless = request >= kFirstWireless && request <= kLastWireless;
    return wireless ? -EOPNOTSUPP : -ENOTTY;
  }
  if (row->kind == pass) return call(NB_SYS_ioctl, kfd, row->value, argument);
  return on_socket(kfd, *row, argument);
}

}  // namespace farcall::personality
