// seccomp(2): the filter by which a program confines itself.
//
// A program that keeps read(2), write(2) and poll(2) means its sockets with them, too. For those of
// the kernel's the shim makes other calls of the host's, of which that filter knows nothing. So
// what is put in front of it lets these through, and leaves it all others.
#pragma once

namespace farcall::shim::sandbox {

/// seccomp(2) and prctl(2). A filter that leaves no room for ours is -E2BIG.
long seccomp(unsigned operation, unsigned flags, const void* program);
long prctl(int option, long second, long third, long fourth, long fifth);

}  // namespace farcall::shim::sandbox
