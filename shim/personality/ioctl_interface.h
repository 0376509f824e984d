// The SIOC*IF* requests: what a snapshot of the interfaces answers (pure), and what changes the
// kernel.
#pragma once

#include "personality/netbsd.h"

#include <net/if.h>

#include "personality/interface_list.h"

namespace farcall::personality {

/// What an ifreq names: the interface, and the IPv4 address that its label stands for, nullptr when
/// there is none.
struct Named {
  const InterfaceInfo* interface;
  const Ip4Address* address;
  bool alias;  ///< the name is one of a further address: "eth0:7"
};

/// -ENODEV when the label names no interface.
Sysret find_named(const InterfaceList& list, const ifreq& request, Named& named);

/// Answers into `request`: 0 or a negative Linux errno. SIOCGIFNAME and SIOCGIFCONF are not about
/// one name: see below.
Sysret answer_interface_request(unsigned long command, const Named& named, ifreq& request);
bool is_interface_question(unsigned long command);

/// The name of the interface with the index in `request`.
Sysret answer_name(const InterfaceList& list, ifreq& request);

/// SIOCGIFCONF: one ifreq for each IPv4 address, as many as fit. A NULL buffer gets the size that
/// all would take.
Sysret answer_configuration(const InterfaceList& list, ifconf& request);

/// ioctl(2) on a socket of family `family` (Linux's) for every request of this group, IPv6's
/// variants included.
Sysret interface_ioctl(int kfd, int family, unsigned long command, void* argument);

}  // namespace farcall::personality
