// Points on the monotonic clock.
#pragma once

#include <cstdint>
#include <ctime>

namespace farcall::hypercall {

/// The monotonic clock's time after so long from now. A time before now is now; one too far away to
/// tell is as late as the host can tell.
timespec monotonic_after(std::int64_t sec, std::int64_t nsec);

}  // namespace farcall::hypercall
