// What the calling thread executes, for the copies that the kernel asks for meanwhile.
#pragma once

#include "server/request.h"

namespace farcall::server {

class Session;

/// While it exists the calling thread executes `request` of `session`.
class ExecutingScope {
 public:
  ExecutingScope(const Session& session, Request& request);
  ~ExecutingScope();
  ExecutingScope(const ExecutingScope&) = delete;
  ExecutingScope& operator=(const ExecutingScope&) = delete;
};

/// The request of `session` that the calling thread executes, nullptr: none.
Request* executing_request(const Session& session);

}  // namespace farcall::server
