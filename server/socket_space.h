// NetBSD's sockets send datagrams of at most 9216 bytes unless a program asks for more room, and
// keep 40 KiB of them; local ones send 2 KiB, and keep 4, of a stream as well. A program that was
// written for Linux does not ask. Streams have 32 KiB in each direction, so that a writer of more
// and its reader wait for one another at each of these, and acknowledge after 200 ms, for which a
// writer of short pieces waits at each of them. The ports of clients are chosen so that they soon
// come again.
#pragma once

namespace farcall::server {

/// From now on the sockets of `kernel`, a handle of dlopen's, have about as much room as Linux's,
/// acknowledge as soon, and take a port again as late. A kernel without such settings, or without
/// networks, stays as it is.
void adapt_sockets(void* kernel);

}  // namespace farcall::server
