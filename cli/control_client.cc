#include "cli/control_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/command.h"
#include "cli/default_url.h"
#include "farcall/url.h"
#include "server/control/control_url.h"

namespace farcall::cli {
namespace {

using server::Complaint;

/// The URL of the control plane.
std::variant<std::string, Complaint> choose_control(const ControlOptions& options) {
  if (!options.control.empty()) return options.control;
  auto chosen = choose_url(options.server);
  if (std::holds_alternative<Complaint>(chosen)) return chosen;
  const auto& server = std::get<std::string>(chosen);
  if (!parse_url(server)) return Complaint{"'" + server + "' is no URL of a server: " + kUrlForms};
  if (auto beside = server::control_url_beside(server)) return *std::move(beside);
  return Complaint{"'" + server +
                   "' has no control socket beside it; say where it is: --control URL"};
}

}  // namespace

void add_control_options(CLI::App& command, ControlOptions& options) {
  command
      .add_option("--server", options.server,
                  "where the server is (default: $RUMP_SERVER, else this user's own)")
      ->type_name("URL");
  command
      .add_option("--control", options.control,
                  "where it listens for control (default: unix://PATH.control for unix://PATH)")
      ->type_name("URL");
}

std::variant<ControlClient, Complaint> ControlClient::connect(const ControlOptions& options) {
  const auto chosen = choose_control(options);
  if (const auto* why = std::get_if<Complaint>(&chosen)) return *why;
  const auto& url = std::get<std::string>(chosen);
  const auto parsed = parse_url(url);
  if (!parsed || parsed->family() != AF_UNIX) {
    return Complaint{"'" + url + "' is no URL of a control socket: unix://PATH"};
  }
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd == -1) return Complaint{std::strerror(errno)};
  if (::connect(fd, &parsed->any, parsed->length) == -1) {
    const int error = errno;
    close(fd);
    return Complaint{"no server at " + url + ": " + std::strerror(error) +
                     " (start one: farcall serve)"};
  }
  return ControlClient(url, fd);
}

ControlClient::ControlClient(ControlClient&& from) noexcept
    : url_(std::move(from.url_)), fd_(std::exchange(from.fd_, -1)) {}

ControlClient::~ControlClient() {
  if (fd_ != -1) close(fd_);
}

pid_t ControlClient::server_pid() const {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  const int got = getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
  return got == 0 ? credentials.pid : 0;
}

server::AnswerOutcome ControlClient::ask(const server::ControlQuestion& question) && {
  return server::load_and_ask_control(std::exchange(fd_, -1), url_, question);
}

int ask(const ControlOptions& options, const server::ControlQuestion& question) {
  auto connected = ControlClient::connect(options);
  if (const auto* why = std::get_if<Complaint>(&connected)) return fail(kFailed, why->text);
  const auto outcome = std::get<ControlClient>(std::move(connected)).ask(question);
  if (const auto* why = std::get_if<Complaint>(&outcome)) return fail(kFailed, why->text);
  std::fputs(std::get<server::ControlAnswer>(outcome).text.c_str(), stdout);
  return 0;
}

}  // namespace farcall::cli
