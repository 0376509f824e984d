#include "server/control/control_library.h"

#include <unistd.h>

#include "server/optional_library.h"

namespace farcall::server {

RuntimeOutcome load_and_start_control(WatchedServer& server) {
  auto found = load_function(kControlLibrary, kStartControl);
  if (auto* why = std::get_if<Complaint>(&found)) return std::move(*why);
  RuntimeOutcome outcome;
  reinterpret_cast<StartControl*>(std::get<void*>(found))(server, outcome);
  return outcome;
}

AnswerOutcome load_and_ask_control(int fd, const std::string& url,
                                   const ControlQuestion& question) {
  auto found = load_function(kControlLibrary, kAskControl);
  if (auto* why = std::get_if<Complaint>(&found)) {
    close(fd);
    return std::move(*why);
  }
  AnswerOutcome outcome;
  reinterpret_cast<AskControl*>(std::get<void*>(found))(fd, url, question, outcome);
  return outcome;
}

}  // namespace farcall::server
