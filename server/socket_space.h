// NetBSD's sockets send datagrams of at most 9216 bytes unless a program asks for more room, and
// keep 40 KiB of them. A program that was written for Linux does not ask. Streams have 32 KiB in
// each direction, so that a writer of more and its reader wait for one another at each of these.
#pragma once

namespace farcall::server {

/// From now on the sockets of `kernel`, a handle of dlopen's, have about as much room as Linux's. A
/// kernel without such settings, or without networks, stays as it is.
void widen_sockets(void* kernel);

}  // namespace farcall::server
