#include "server/executing.h"

namespace farcall::server {
namespace {

struct Executing {
  const Session* session = nullptr;
  Request* request = nullptr;
};
thread_local Executing executing;

}  // namespace

ExecutingScope::ExecutingScope(const Session& session, Request& request) {
  executing = {&session, &request};
}

ExecutingScope::~ExecutingScope() { executing = {}; }

Request* executing_request(const Session& session) {
  return executing.session == &session ? executing.request : nullptr;
}

}  // namespace farcall::server
