// getsockopt(TCP_INFO), pure: NetBSD's structure was made after Linux's, but counts windows in
// bytes and ends with other members.
#pragma once

#include "personality/netbsd.h"

#include <netinet/tcp.h>

namespace farcall::personality {

::tcp_info tcp_info_to_linux(const netbsd::tcp_info& info);

}  // namespace farcall::personality
