// What a session may do beyond sysproxy: what its client's Hello offered and the server can grant.
#pragma once

#include <memory>
#include <string>

#include "server/client_memory.h"
#include "server/services.h"

namespace farcall::hello {
class Hello;
class HelloAnswer;
}  // namespace farcall::hello

namespace farcall::server {

/// Until a Hello, and when the client's program has gone: nothing.
struct Terms {
  std::shared_ptr<const ClientMemory> memory;
  bool channels = false;
  bool channel_events = false;
  bool buffers = false;
  bool inline_buffers = false;
  bool connections = false;
};

/// Whether both ends of a socket are on this machine, for sure.
bool is_local(int socket);

/// Of a Hello that came over `socket`, with the descriptor `memory`, or none, beside it. `local`:
/// what goes only between processes of one machine may be granted. Does not sleep.
Terms agree(const hello::Hello& hello, int socket, bool local, Descriptor memory,
            Services& services);

/// The same for the client.
hello::HelloAnswer answer_with(const Terms& terms, Services& services);

/// How data of calls crosses, in words.
std::string describe_way(const Terms& terms);

}  // namespace farcall::server
