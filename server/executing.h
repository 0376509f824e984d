// What the calling thread executes, for the copies that the kernel asks for meanwhile.
#pragma once

#include "server/client_table.h"
#include "server/request.h"

namespace farcall::server {

class Session;

/// While it exists the calling thread executes `request` of `session`.
class ExecutingScope {
 public:
  ExecutingScope(Session& session, Request& request);
  ~ExecutingScope();
  ExecutingScope(const ExecutingScope&) = delete;
  ExecutingScope& operator=(const ExecutingScope&) = delete;
};

/// The request of `session` that the calling thread executes, nullptr: none.
Request* executing_request(const Session& session);
/// What crosses with the call of `session` that the calling thread executes, nullptr: nothing.
CallData* executing_data(const Session& session);
/// The session of client `id`, when the calling thread executes a call of it; nullptr otherwise.
Session* executing_session(ClientId id);

}  // namespace farcall::server
