// umask(2): the kernel applies a mask of its own, which must be the program's.
#pragma once

namespace farcall::shim::calls {

/// To be called before the kernel makes a file: tells it the program's mask if that has changed
/// since.
void share_creation_mask();

}  // namespace farcall::shim::calls
