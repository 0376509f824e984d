// Connections that the server hands out over one that is there.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "channel_client.h"
#include "proto/hello.pb.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

/// The descriptor that lies in `socket`, or -1.
int take_descriptor(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  int fd = -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr) std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
  return fd;
}

class HandingOutTest : public ServerTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, way_), 0);
    start();
    client_ = connect();
  }
  void TearDown() override {
    close(way_[0]);
    close(way_[1]);
  }
  void be_granted() {
    const auto answer = say_hello(*client_, {hello::FEATURE_CONNECTIONS}, -1);
    ASSERT_EQ(answer.features_size(), 1);
    client_->handshake();
  }
  std::unique_ptr<TestClient> ask() {
    client_->send_with_descriptor(FrameType::connect, "", way_[1]);
    const auto answer = client_->receive();
    EXPECT_TRUE(answer && answer->header.frame_class == FrameClass::response);
    return std::make_unique<TestClient>(take_descriptor(way_[0]));
  }

  int way_[2] = {-1, -1};
  std::unique_ptr<TestClient> client_;
};

TEST_F(HandingOutTest, SuchAConnectionIsAsGoodAsAnother) {
  be_granted();
  const auto other = ask();
  EXPECT_EQ(other->banner(), client_->banner());
  other->handshake();
  EXPECT_NE(other->getpid(), client_->getpid());
  const auto third = ask();
  third->handshake();
  EXPECT_NE(third->getpid(), other->getpid());
}

TEST_F(HandingOutTest, AChildComesThatWay) {
  be_granted();
  const sysproxy::ForkHandshake handshake{client_->prefork(), 0};
  const auto child = ask();
  child->send_handshake(HandshakeKind::fork,
                        {reinterpret_cast<const char*>(&handshake), sizeof(handshake)});
  const auto answer = child->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->as<std::int32_t>(), 0);
  EXPECT_NE(child->getpid(), client_->getpid());
}

TEST_F(HandingOutTest, NothingBetweenTwoProcessesIsGrantedThere) {
  be_granted();
  const auto other = ask();
  const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  const auto answer =
      say_hello(*other,
                {hello::FEATURE_DIRECT_MEMORY, hello::FEATURE_CHANNELS, hello::FEATURE_BUFFERS,
                 hello::FEATURE_CONNECTIONS, hello::FEATURE_INLINE_BUFFERS},
                memory);
  close(memory);
  ASSERT_EQ(answer.features_size(), 1);
  EXPECT_EQ(answer.features(0), hello::FEATURE_INLINE_BUFFERS);
  other->handshake();
}

TEST_F(HandingOutTest, WhoWasNotGrantedItGetsNone) {
  client_->handshake();
  client_->send_with_descriptor(FrameType::connect, "", way_[1]);
  EXPECT_EQ(client_->receive_last_error(), WireError::malformed);
}

TEST_F(HandingOutTest, WithoutASocketThereIsNone) {
  be_granted();
  client_->send(FrameType::connect, 0);
  EXPECT_EQ(client_->receive_last_error(), WireError::malformed);
}

TEST_F(HandingOutTest, ASocketThatTakesNothingIsNoHarm) {
  be_granted();
  const int file = open("/dev/null", O_RDWR | O_CLOEXEC);
  close(way_[0]);
  for (const int bad : {file, way_[1]}) {
    client_->send_with_descriptor(FrameType::connect, "", bad);
    const auto answer = client_->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header.frame_class, FrameClass::error);
    EXPECT_EQ(static_cast<WireError>(answer->header.detail), WireError::try_again);
  }
  close(file);
  EXPECT_GT(client_->getpid(), 0);
}

}  // namespace
}  // namespace farcall::server::test
