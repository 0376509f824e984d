// The control plane, asked by a gRPC client in the same process.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "proto/control.grpc.pb.h"
#include "server/control/control_plane.h"
#include "server/control/control_url.h"
#include "server/control/grpc_runtime.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using control::v1::Client;
using control::v1::Control;
using grpc::StatusCode;
using testing::ElementsAre;

constexpr std::chrono::seconds kPatience{60};

class ControlTest : public ServerTest {
 protected:
  ~ControlTest() override {
    stop();
    control_.reset();
  }

  void start_all() {
    start();
    control_.emplace(*server_, ProgramFacts{.version = "1.2.3", .kernel = "fake"}, start_);
    const auto why = control_->listen("unix://" + control_path());
    ASSERT_FALSE(why) << why->text;
  }

  [[nodiscard]] std::string control_path() const { return path_ + ".control"; }

  [[nodiscard]] int connect_raw() const {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    control_path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval time{.tv_sec = kPatience.count(), .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }

  [[nodiscard]] std::unique_ptr<Control::Stub> ask() const {
    const int fd = connect_raw();
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return Control::NewStub(grpc::CreateInsecureChannelFromFd("test", fd));
  }

  static std::unique_ptr<grpc::ClientContext> context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + kPatience);
    return context;
  }

  control::v1::Status status() {
    control::v1::Status answer;
    const auto outcome = ask()->GetStatus(context().get(), {}, &answer);
    EXPECT_TRUE(outcome.ok()) << outcome.error_message();
    return answer;
  }

  std::vector<Client> clients() {
    std::vector<Client> all;
    const auto stub = ask();
    const auto used = context();
    const auto reader = stub->ListClients(used.get(), {});
    for (Client client; reader->Read(&client);) all.push_back(client);
    EXPECT_TRUE(reader->Finish().ok());
    return all;
  }

  StatusCode disconnect(std::uint64_t id) {
    control::v1::DisconnectRequest request;
    request.set_id(id);
    control::v1::DisconnectResponse answer;
    return ask()->Disconnect(context().get(), request, &answer).error_code();
  }

  StatusCode set_log_level(const std::string& level) {
    control::v1::SetLogLevelRequest request;
    request.set_level(level);
    control::v1::SetLogLevelResponse answer;
    return ask()->SetLogLevel(context().get(), request, &answer).error_code();
  }

  ControlPlane::Start start_ = start_control;
  std::optional<ControlPlane> control_;
};

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST_F(ControlTest, StatusSaysWhatTheServerIsAndHasDone) {
  limits_.max_clients = 7;
  start_all();
  auto gone = guest();
  gone->getpid();
  gone.reset();
  kernel_.wait_for_processes(0);
  auto client = guest();
  client->call(kWrite, {0, 1, 0});
  const auto answer = status();
  EXPECT_EQ(answer.version(), "1.2.3");
  EXPECT_EQ(answer.kernel(), "fake");
  EXPECT_EQ(answer.kernel_release(), "Fake-1.0/test");
  EXPECT_EQ(answer.pid(), getpid());
  EXPECT_THAT(answer.listeners(), ElementsAre("unix://" + path_));
  EXPECT_EQ(answer.clients_ever(), 2u);
  EXPECT_EQ(answer.activity().calls(), 2u);
  EXPECT_EQ(answer.limits().max_clients(), 7u);
}

TEST_F(ControlTest, ClientsAreListedWithWhatTheyDo) {
  start_all();
  auto sleeper = guest("sleeper");
  sleeper->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  auto other = guest("new\nline \xff");
  const auto pid = other->getpid();
  const auto all = clients();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].program(), "sleeper");
  EXPECT_THAT(all[0].under_way(), ElementsAre("select50"));
  EXPECT_EQ(all[0].host_pid(), getpid());
  EXPECT_EQ(all[1].program(), "new\\x0aline \\xff");
  EXPECT_EQ(all[1].process(), pid);
  EXPECT_EQ(all[1].activity().calls(), 1u);
  EXPECT_THAT(all[1].under_way(), ElementsAre());
}

TEST_F(ControlTest, AChildHasItsParentsNameUntilItExecutes) {
  start_all();
  auto parent = guest("parent");
  const sysproxy::ForkHandshake handshake{.cookie = parent->prefork(), .cancel = 0};
  auto child = connect();
  child->send_handshake(sysproxy::HandshakeKind::fork,
                        {reinterpret_cast<const char*>(&handshake), sizeof(handshake)});
  ASSERT_TRUE(child->receive());
  EXPECT_EQ(clients().at(1).program(), "parent");
  child->send_handshake(sysproxy::HandshakeKind::exec, std::string("child\0", 6));
  ASSERT_TRUE(child->receive());
  child->getpid();
  EXPECT_EQ(clients().at(1).program(), "child");
}

TEST_F(ControlTest, OneClientIsDisconnected) {
  start_all();
  auto unlucky = guest();
  unlucky->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  auto other = guest();
  EXPECT_EQ(disconnect(clients().at(0).id()), StatusCode::OK);
  EXPECT_TRUE(unlucky->closed());
  EXPECT_GT(other->getpid(), 0);
  EXPECT_EQ(disconnect(999), StatusCode::NOT_FOUND);
}

TEST_F(ControlTest, TheLogLevelIsSet) {
  start_all();
  EXPECT_EQ(set_log_level("error"), StatusCode::OK);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::err);
  EXPECT_EQ(set_log_level("loud"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::err);
}

TEST_F(ControlTest, HaltEndsTheServer) {
  start_all();
  auto client = guest();
  control::v1::HaltResponse answer;
  EXPECT_TRUE(ask()->Halt(context().get(), {}, &answer).ok());
  EXPECT_EQ(answer.stop_milliseconds(), limits_.stop_time.count());
  thread_.join();
  EXPECT_TRUE(client->closed());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(std::filesystem::exists(control_path()));
}

TEST_F(ControlTest, OnlyItsUserMayUseTheSocket) {
  start_all();
  struct stat status;
  ASSERT_EQ(lstat(control_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(ControlTest, NonsenseIsHungUpOn) {
  start_all();
  for (const std::string nonsense :
       {"GET / HTTP/1.0\r\n\r\n", "\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff"}) {
    const int fd = connect_raw();
    ASSERT_GT(send(fd, nonsense.data(), nonsense.size(), MSG_NOSIGNAL), 0);
    shutdown(fd, SHUT_WR);
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) continue;
    close(fd);
  }
  EXPECT_EQ(status().version(), "1.2.3");
}

TEST_F(ControlTest, ConnectionsBeyondTheLimitAreHungUpOn) {
  start_all();
  std::vector<int> silent;
  for (int i = 0; i < 16; ++i) silent.push_back(connect_raw());
  const int refused = connect_raw();
  char byte;
  EXPECT_EQ(recv(refused, &byte, 1, 0), 0);
  close(refused);
  for (const int fd : silent) close(fd);
}

TEST_F(ControlTest, NothingOfGrpcStaysWhenNobodyIsConnected) {
  start_all();
  guest()->getpid();
  kernel_.wait_for_processes(0);
  const auto before = threads();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(status().version(), "1.2.3");
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (threads() > before && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_LE(threads(), before);
  }
}

TEST_F(ControlTest, StoppingDoesNotWaitForSilentConnections) {
  start_all();
  const int silent = connect_raw();
  EXPECT_EQ(status().version(), "1.2.3");
  stop();
  control_->stop();
  char byte;
  while (recv(silent, &byte, 1, 0) > 0) continue;
  close(silent);
}

TEST_F(ControlTest, WithoutItsLibraryItHangsUpAndTheServerGoesOn) {
  start_ = [](WatchedServer& /*server*/) { return Complaint{"it is not there"}; };
  start_all();
  for (int round = 0; round < 3; ++round) {
    const int fd = connect_raw();
    char byte;
    EXPECT_EQ(recv(fd, &byte, 1, 0), 0);
    close(fd);
  }
  EXPECT_GT(guest()->getpid(), 0);
}

TEST_F(ControlTest, ALivingServersSocketIsRefused) {
  start_all();
  const auto why = control_->listen("unix://" + control_path());
  ASSERT_TRUE(why);
  EXPECT_THAT(why->text, testing::HasSubstr("another server"));
  EXPECT_TRUE(control_->listen("tcp://127.0.0.1:0"));
}

TEST(ControlUrl, IsBesideAUnixSocket) {
  EXPECT_EQ(control_url_beside("unix:///a/b.sock"), "unix:///a/b.sock.control");
  EXPECT_EQ(control_url_beside("tcp://127.0.0.1:80"), std::nullopt);
  EXPECT_EQ(control_url_beside("nonsense"), std::nullopt);
  EXPECT_EQ(control_url_beside("unix:///" + std::string(100, 'x')), std::nullopt);
}

}  // namespace
}  // namespace farcall::server::test
