#include "server/executing.h"

#include "server/session.h"

namespace farcall::server {
namespace {

struct Executing {
  Session* session = nullptr;
  Request* request = nullptr;
};
thread_local Executing executing;

}  // namespace

ExecutingScope::ExecutingScope(Session& session, Request& request) {
  executing = {&session, &request};
}

ExecutingScope::~ExecutingScope() { executing = {}; }

Request* executing_request(const Session& session) {
  return executing.session == &session ? executing.request : nullptr;
}

CallData* executing_data(const Session& session) {
  const Request* request = executing_request(session);
  return request != nullptr ? request->data : nullptr;
}

Session* executing_session(ClientId id) {
  const bool calls = executing.request != nullptr && executing.request->is_syscall();
  const bool is_its = calls && executing.session->process().client() == id;
  return is_its ? executing.session : nullptr;
}

}  // namespace farcall::server
