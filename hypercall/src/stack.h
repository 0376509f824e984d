// The calling thread's stack in words: for a kernel's last message.
#pragma once

namespace farcall::hypercall {

/// One line for each frame on the standard error output: address, function with offset, object with
/// the offset that addr2line(1) takes.
/// Functions that an object does not export are named as well, if it is not stripped. Takes no
/// memory but the stack, but for the names of C++ functions, which otherwise stay mangled.
void print_stack();

}  // namespace farcall::hypercall
