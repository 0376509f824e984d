// Connections in TIME_WAIT, and the next ones between the same two ends. lwIP keeps each for two
// minutes, and answers a SYN with an acknowledgement that its sender can do nothing with.
#pragma once

#include "kernel/net/arriving.h"

namespace farcall::kernel {

/// A SYN arrives. A connection in TIME_WAIT between its ends is over, as RFC 1122, 4.2.2.13,
/// allows, if none of its segments can be taken for one of the new connection.
void make_way_for(const ArrivingSegment& syn);

/// Ends those with sockets of this kernel that have lasted two seconds; in a StackScope.
void end_local_time_waits();

}  // namespace farcall::kernel
