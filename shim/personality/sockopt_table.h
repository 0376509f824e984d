// Socket options: one table from Linux's level and name to NetBSD's, and how the value changes on
// the way.
#pragma once

#include <span>

namespace farcall::personality {

/// How a value is translated. All values of one kind have one shape on each side.
enum class OptionKind {
  integer,        ///< int on both sides
  ip_integer,     ///< int, or on Linux also one byte, as its IPPROTO_IP options are
  byte,           ///< int or byte on Linux, u_char on NetBSD
  text,           ///< a string, which NetBSD wants with its end
  same,           ///< the same bytes on both sides: linger, ipv6_mreq, in6_pktinfo
  timeval,        ///< 16 bytes with 8-byte microseconds; NetBSD has 4 and padding
  buffer_size,    ///< int; Linux lowers what is too much where NetBSD refuses it
  error,          ///< read-only errno
  membership,     ///< ip_mreq or ip_mreqn
  multicast_if,   ///< in_addr, ip_mreq or ip_mreqn; NetBSD wants in_addr
  icmp6_filter,   ///< the bits mean the opposite on the other side
  domain,         ///< read-only, asked from getsockname
  protocol,       ///< read-only, follows from family and type
  tcp_info,       ///< read-only, one system's struct tcp_info as the other's
  peer_identity,  ///< read-only, ucred from LOCAL_PEEREID
  bind_device,    ///< only its end ("any device") can be had
  only_off,       ///< a feature that NetBSD lacks: 0 is accepted, everything else refused
  hint,  ///< taken and forgotten: no program can tell, or it only tunes; reads give `answer`
};

struct OptionRow {
  int level;
  int name;
  int netbsd_level;
  int netbsd_name;
  OptionKind kind;
  int answer;        ///< of a hint
  const char* note;  ///< why it is what it is, for docs; empty when plain
};

/// nullptr: Linux's ENOPROTOOPT is the answer.
const OptionRow* find_option(int level, int name);
std::span<const OptionRow> option_table();

}  // namespace farcall::personality
