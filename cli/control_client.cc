#include "cli/control_client.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel_posix.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "cli/command.h"
#include "cli/default_url.h"
#include "farcall/url.h"
#include "server/control/control_url.h"

namespace farcall::cli {
namespace {

using server::Complaint;

/// For one call.
constexpr std::chrono::seconds kPatience{10};

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

ControlClient::ControlClient(std::string url, int fd) : url_(std::move(url)) {
  // What it says of a broken connection is said by why().
  gpr_set_log_function([](gpr_log_func_args*) {});
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    server_pid_ = credentials.pid;
  }
  stub_ = control::v1::Control::NewStub(grpc::CreateInsecureChannelFromFd("farcall", fd));
}

Complaint ControlClient::why(const grpc::Status& status) const {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {"the server at " + url_ + " does not answer"};
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::INTERNAL:
      return {"no server at " + url_ +
              ": it hangs up; has it stopped, or is that no control socket?"};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {"the server at " + url_ + " is of another version, which does not know this command"};
    default:
      return {"the server at " + url_ + " says: " + status.error_message()};
  }
}

int ask(const ControlOptions& options,
        const std::function<grpc::Status(const ControlClient&, grpc::ClientContext&)>& call) {
  const auto connected = ControlClient::connect(options);
  if (const auto* why = std::get_if<Complaint>(&connected)) return fail(kFailed, why->text);
  const auto& client = std::get<ControlClient>(connected);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const grpc::Status status = call(client, context);
  return status.ok() ? 0 : fail(kFailed, client.why(status).text);
}

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  // A message that was just parsed can always be printed.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text, options));
  return text;
}

}  // namespace farcall::cli
