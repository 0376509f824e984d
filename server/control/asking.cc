#include "server/control/asking.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <google/protobuf/util/json_util.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "proto/control.grpc.pb.h"
#include "server/control/report_text.h"

namespace farcall::server {
namespace {

using control::v1::Control;
using Kind = ControlQuestion::Kind;

constexpr std::chrono::seconds kPatience{10};

Complaint why(const grpc::Status& status, const std::string& url) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {"the server at " + url + " does not answer"};
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::INTERNAL:
      return {"no server at " + url +
              ": it hangs up; has it stopped, or is that no control socket?"};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {"the server at " + url + " is of another version, which does not know this command"};
    default:
      return {"the server at " + url + " says: " + status.error_message()};
  }
}

/// A message for programs.
std::string as_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  // A message that was just parsed can always be printed.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text, options));
  return text;
}

template <class Item>
std::string as_json(const std::vector<Item>& items) {
  std::vector<std::string> objects;
  for (const auto& item : items) objects.push_back(as_json(item));
  return fmt::format("[{}]", fmt::join(objects, ",\n"));
}

/// One connection, one call.
class Asker {
 public:
  explicit Asker(int fd)
      : calls_(Control::NewStub(grpc::CreateInsecureChannelFromFd("farcall", fd))) {
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
  }

  grpc::Status ask(const ControlQuestion& question, ControlAnswer& answer) {
    switch (question.kind) {
      case Kind::clients:
        return list(calls_->ListClients(&context_, {}), question, answer);
      case Kind::interfaces:
        return list(calls_->ListInterfaces(&context_, {}), question, answer);
      case Kind::status:
        return status(question, answer);
      case Kind::disconnect:
        return disconnect(question.client);
      case Kind::log_level:
        return set_log_level(question.level);
      case Kind::halt:
        return halt(answer);
    }
    return grpc::Status::OK;
  }

 private:
  template <class Item>
  grpc::Status list(std::unique_ptr<grpc::ClientReader<Item>> reader,
                    const ControlQuestion& question, ControlAnswer& answer) {
    std::vector<Item> items;
    for (Item next; reader->Read(&next);) items.push_back(next);
    answer.text = question.json ? as_json(items) + "\n" : report_text(items);
    return reader->Finish();
  }

  grpc::Status status(const ControlQuestion& question, ControlAnswer& answer) {
    control::v1::Status found;
    auto outcome = calls_->GetStatus(&context_, {}, &found);
    answer.text = question.json ? as_json(found) + "\n" : report_text(found);
    return outcome;
  }

  grpc::Status disconnect(SessionId client) {
    control::v1::DisconnectRequest request;
    request.set_id(client);
    control::v1::DisconnectResponse response;
    return calls_->Disconnect(&context_, request, &response);
  }

  grpc::Status set_log_level(const std::string& level) {
    control::v1::SetLogLevelRequest request;
    request.set_level(level);
    control::v1::SetLogLevelResponse response;
    return calls_->SetLogLevel(&context_, request, &response);
  }

  grpc::Status halt(ControlAnswer& answer) {
    control::v1::HaltResponse response;
    auto outcome = calls_->Halt(&context_, {}, &response);
    answer.stop_time = std::chrono::milliseconds(response.stop_milliseconds());
    return outcome;
  }

  grpc::ClientContext context_;
  const std::unique_ptr<Control::Stub> calls_;
};

}  // namespace

AnswerOutcome ask_control(int fd, const std::string& url, const ControlQuestion& question) {
  // What it says of a broken connection is said by why().
  gpr_set_log_function([](gpr_log_func_args*) {});
  ControlAnswer answer;
  const auto status = Asker(fd).ask(question, answer);
  if (!status.ok()) return why(status, url);
  return answer;
}

}  // namespace farcall::server
