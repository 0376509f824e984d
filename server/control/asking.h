// The other end of the control plane: a command's question to a server.
#pragma once

#include <string>

#include "server/control/control_library.h"

namespace farcall::server {

/// As load_and_ask_control(), with nothing to load. The complaint names `url`.
AnswerOutcome ask_control(int fd, const std::string& url, const ControlQuestion& question);

}  // namespace farcall::server
