// What libfarcall-control.so exports.
#include <type_traits>

#include "server/control/asking.h"
#include "server/control/grpc_runtime.h"

extern "C" [[gnu::visibility("default")]] void farcall_control_start_1(
    farcall::server::WatchedServer& server, farcall::server::RuntimeOutcome& outcome) {
  static_assert(std::is_same_v<decltype(farcall_control_start_1), farcall::server::StartControl>);
  outcome = farcall::server::start_control(server);
}

extern "C" [[gnu::visibility("default")]] void farcall_control_ask_1(
    int fd, const std::string& url, const farcall::server::ControlQuestion& question,
    farcall::server::AnswerOutcome& outcome) {
  static_assert(std::is_same_v<decltype(farcall_control_ask_1), farcall::server::AskControl>);
  outcome = farcall::server::ask_control(fd, url, question);
}
