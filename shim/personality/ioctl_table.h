// Which ioctl requests of Linux are answered, and how.
#pragma once

#include <span>

namespace farcall::personality {

enum class IoctlKind {
  pass,       ///< NetBSD's `value` with the same argument, an int
  interface,  ///< ioctl_interface.h
  route,      ///< ioctl_route.h
  arp,        ///< ioctl_route.h
  refuse,     ///< `value` is the errno
};

struct IoctlRow {
  unsigned long request;
  IoctlKind kind;
  unsigned long value;
};

/// nullptr: -ENOTTY is the answer.
const IoctlRow* find_ioctl(unsigned long request);
std::span<const IoctlRow> ioctl_table();

}  // namespace farcall::personality
