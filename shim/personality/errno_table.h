// NetBSD's errno values as Linux's.
#pragma once

namespace farcall::personality {

/// The Linux errno that means what `netbsd_errno` means. Values that NetBSD does not define give
/// EIO.
int errno_from_netbsd(int netbsd_errno);

}  // namespace farcall::personality
