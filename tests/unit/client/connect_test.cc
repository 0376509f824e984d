// How a stay with a server begins and ends, and where our descriptors are.
#include <farcall/client.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <rump/rumpclient.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "fake_server.h"
#include "farcall/url.h"

namespace farcall::client_test {
namespace {

using ::testing::Test;
using ConnectTest = ClientTest;

std::string reason_for(const char* url, int code) {
  char why[256] = "";
  EXPECT_EQ(farcall_connect(url, why, sizeof why), -1);
  EXPECT_EQ(errno, code);
  EXPECT_EQ(std::string(why).find('\n'), std::string::npos) << "one line";
  return why;
}

TEST(UrlTest, Forms) {
  EXPECT_EQ(parse_url("unix:///tmp/x")->family(), AF_UNIX);
  EXPECT_STREQ(parse_url("unix://x y")->local.sun_path, "x y");
  EXPECT_EQ(parse_url("tcp://127.0.0.1:80/")->inet.sin_port, htons(80));
  EXPECT_EQ(parse_url("tcp6://[::1]:80")->inet6.sin6_port, htons(80));
  EXPECT_TRUE(parse_url("tcp://*:0")->is_wildcard());
  EXPECT_TRUE(parse_url("tcp6://[::]:1")->is_wildcard());
  for (const char* bad : {"", "unix://", "tcp://", "tcp://localhost:1", "tcp://1.2.3.4",
                          "tcp://1.2.3.4:", "tcp://1.2.3.4:x", "tcp://1.2.3.4:1/x", "tcp6://::1:80",
                          "tcp6://[::1]", "http://x"}) {
    EXPECT_EQ(parse_url(bad).code(), EINVAL) << bad;
  }
  EXPECT_EQ(parse_url("tcp://1.2.3.4:65536").code(), ERANGE);
  EXPECT_EQ(parse_url("unix://" + std::string(200, 'x')).code(), ENAMETOOLONG);
}

TEST(ReasonTest, NamesTheUrlAndWhatIsWrong) {
  EXPECT_THAT(
      reason_for("unix:///nonexistent/socket", ENOENT),
      ::testing::HasSubstr("unix:///nonexistent/socket: no such socket (is the server running?"));
  EXPECT_THAT(reason_for("localhost:80", EINVAL), ::testing::HasSubstr("tcp://ADDRESS:PORT"));
  EXPECT_THAT(reason_for("tcp://*:80", EINVAL), ::testing::HasSubstr("one machine"));
  unsetenv("RUMP_SERVER");
  EXPECT_THAT(reason_for(nullptr, EDESTADDRREQ), ::testing::HasSubstr("RUMP_SERVER"));
}

TEST_F(ConnectTest, RefusesWhatIsNoKernel) {
  serve([](Peer& peer) { peer.say("220 mail.example.org ESMTP\r\n"); });
  EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTO),
              ::testing::HasSubstr("no rump kernel server"));
  join();
  serve([](Peer& peer) { peer.say(std::string(200, 'R')); });
  reason_for(listener_.url().c_str(), EPROTO);
  join();
  serve([](Peer& peer) { peer.hang_up(); });
  EXPECT_THAT(reason_for(listener_.url().c_str(), ECONNRESET),
              ::testing::HasSubstr("closed the connection"));
}

TEST_F(ConnectTest, RefusesAnotherVersionByItsNumber) {
  for (const char* version : {"0.3", "0.5", "0.40", "1.0", "10.12"}) {
    serve([&](Peer& peer) {
      peer.say("RUMPSP-" + std::string(version) + "-NetBSD-11.0/amd64 farcall/1\n");
      EXPECT_TRUE(peer.at_end()) << "no handshake with such a server";
    });
    EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTO),
                ::testing::HasSubstr("speaks sysproxy " + std::string(version) + ", and"));
    join();
  }
}

TEST_F(ConnectTest, TakesNoNumberFromWhatIsNoVersion) {
  for (const char* banner :
       {"\n", "RUMPSP\n", "RUMPSP-\n", "RUMPSP-0.4\n", "RUMPSP--x/amd64\n", "RUMPSP-0.x-y/amd64\n",
        "RUMPSP-0.11111111111111111111-x/amd64\n", "rumpsp-0.4-x/amd64\n"}) {
    serve([&](Peer& peer) { peer.say(banner); });
    EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTO),
                ::testing::HasSubstr("no rump kernel server"))
        << banner;
    join();
  }
}

TEST_F(ConnectTest, RefusesAFirstLineWithoutEnd) {
  serve([](Peer& peer) {
    peer.say("RUMPSP-0.4-" + std::string(wire::kMaxBanner, 'x') + "\n");
    EXPECT_TRUE(peer.at_end()) << "no more is awaited than a banner may have";
  });
  EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTO), ::testing::HasSubstr("has no end"));
  join();
  serve([](Peer& peer) { peer.say("RUMPSP-0.4-NetBSD"); });
  EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTO), ::testing::HasSubstr("has no end"));
}

TEST_F(ConnectTest, TheLongestBannerIsRead) {
  serve([](Peer& peer) {
    std::string banner = "RUMPSP-0.4-";
    banner.resize(wire::kMaxBanner - 1, 'x');
    peer.welcome((banner + "\n").c_str());
  });
  EXPECT_EQ(farcall_connect(listener_.url().c_str(), nullptr, 0), 0);
}

// Its peer is a server of sysproxy for it: the first frame is the handshake, and no Hello.
TEST_F(ConnectTest, ALaterMarkIsNotOurs) {
  serve([](Peer& peer) {
    peer.say("RUMPSP-0.4-Farcall-9.0/amd64 farcall/10\n");
    const Frame first = peer.read();
    EXPECT_EQ(first.header.type, wire::FrameType::handshake);
    peer.answer_handshake(first);
  });
  EXPECT_EQ(farcall_connect(listener_.url().c_str(), nullptr, 0), 0);
}

TEST_F(ConnectTest, TellsOfAnotherVersionOfOurExtensions) {
  serve([](Peer& peer) {
    peer.say(kOurBanner);
    peer.answer_hello(peer.read(), "\x08\x02");
  });
  EXPECT_THAT(reason_for(listener_.url().c_str(), EPROTONOSUPPORT),
              ::testing::HasSubstr("version"));
}

TEST_F(ConnectTest, TellsOfARefusal) {
  serve([](Peer& peer) {
    peer.say(kOurBanner);
    const Frame handshake = peer.read();
    peer.send(wire::FrameClass::error, wire::FrameType::handshake, handshake.header.request,
              static_cast<std::uint32_t>(wire::WireError::auth));
  });
  EXPECT_THAT(reason_for(listener_.url().c_str(), EPERM), ::testing::HasSubstr("refused"));
}

TEST_F(ConnectTest, IntroducesItselfByName) {
  serve([](Peer& peer) {
    const Frame handshake = peer.welcome();
    EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::guest));
    EXPECT_STREQ(handshake.body.c_str(), "client_test");
    EXPECT_EQ(handshake.body.back(), '\0');
    peer.answer(peer.expect_syscall(20), 0, 33);
  });
  setenv("RUMP_SERVER", listener_.url().c_str(), 1);
  ASSERT_EQ(rumpclient_init(), 0);
  EXPECT_EQ(rumpclient_init(), 0) << "a second time nothing happens";
  EXPECT_EQ(call(20).result[0], 33);
}

TEST_F(ConnectTest, ABannerInPieces) {
  serve([](Peer& peer) {
    peer.say("RUMPSP-0.4-");
    peer.welcome("x-1/amd64\n");
  });
  EXPECT_EQ(farcall_connect(listener_.url().c_str(), nullptr, 0), 0);
}

TEST_F(ConnectTest, OverTcp) {
  for (const int family : {AF_INET, AF_INET6}) {
    TcpListener listener(family);
    SCOPED_TRACE(listener.url());
    const std::string source(1000000, 's');
    std::string target(source.size(), '\0');
    server_ = std::thread([&] {
      Peer peer = listener.accept();
      peer.welcome();
      const Frame syscall = peer.expect_syscall(4);
      EXPECT_TRUE(peer.copyin(syscall, source.data(), source.size()).body == source);
      peer.copyout(syscall, target.data(), source);
      peer.answer(syscall, 0, 1);
    });
    char why[256] = "";
    ASSERT_EQ(farcall_connect(listener.url().c_str(), why, sizeof why), 0) << why;
    EXPECT_EQ(call(4).result[0], 1);
    join();
    EXPECT_TRUE(target == source);
    EXPECT_EQ(call(4).error, -1);
  }
}

/// Our descriptors, found by asking for each.
std::vector<int> own_descriptors() {
  std::vector<int> found;
  for (int fd = 0; fd < 5000; ++fd) {
    if (farcall_owns_fd(fd) != 0) found.push_back(fd);
  }
  return found;
}

TEST_F(ConnectTest, LeavesLowNumbersToTheProgram) {
  connect_to([](Peer& peer) { peer.expect_syscall(1); });
  farcall_call* pending = farcall_submit(1, nullptr, 0);
  ASSERT_GE(farcall_call_fd(pending), 200);
  for (const int fd : own_descriptors()) {
    EXPECT_GE(fd, 200);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_GE(own_descriptors().size(), 4U)
      << "the socket, the gate, the always readable one, the call's";
  int error = 0;
  long result[2];
  farcall_wait(pending, &error, result);
  EXPECT_EQ(error, -1);
  farcall_call_free(pending);
}

TEST_F(ConnectTest, MovesAwayFromAProgramThatTakesItsNumber) {
  connect_to([](Peer& peer) {
    for (Frame frame; frame.header.detail != 21;) {
      frame = peer.read();
      peer.answer(frame, 0, 5);
    }
  });
  farcall_call* done = farcall_submit(20, nullptr, 0);
  int error = -2;
  long result[2];
  farcall_wait(done, &error, result);
  ASSERT_EQ(error, 0);
  farcall_call_fd(done);
  farcall_call_free(done);
  for (const int before : own_descriptors()) {
    int fd = before;
    ASSERT_EQ(rumpclient__closenotify(&fd, RUMPCLIENT_CLOSE_CLOSE), 0);
    EXPECT_EQ(fd, before);
    EXPECT_EQ(farcall_owns_fd(before), 0);
    close(before);
    farcall_call* again = farcall_submit(20, nullptr, 0);
    pollfd entry{farcall_call_fd(again), POLLIN, 0};
    ASSERT_EQ(poll(&entry, 1, 10000), 1);
    ASSERT_EQ(farcall_try(again, &error, result), 1);
    EXPECT_EQ(error, 0);
    farcall_call_free(again);
  }
  EXPECT_EQ(call(21).result[0], 5);
}

TEST_F(ConnectTest, SurvivesAProgramThatClosesEverything) {
  connect_to([](Peer& peer) { peer.answer(peer.expect_syscall(20), 0, 5); });
  const int above = fcntl(0, F_DUPFD, 300);
  int from = 250;
  ASSERT_EQ(rumpclient__closenotify(&from, RUMPCLIENT_CLOSE_FCLOSEM), 0);
  EXPECT_EQ(fcntl(above, F_GETFD), -1);
  EXPECT_GT(from, own_descriptors().back());
  EXPECT_EQ(call(20).result[0], 5);
}

TEST_F(ConnectTest, ConnectsAgainWhenTold) {
  rumpclient_setconnretry(5);
  connect_to([this](Peer& peer) {
    peer.expect_syscall(7);
    peer.hang_up();
    Peer second = listener_.accept();
    const Frame handshake = second.welcome();
    EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::guest));
    second.answer(second.expect_syscall(7), 0, 8);
  });
  EXPECT_EQ(call(7).result[0], 8);
  rumpclient_setconnretry(0);
}

using HostileTest = ClientTest;

TEST_F(HostileTest, NonsenseEndsTheConnectionOnly) {
  const auto header = [](std::uint64_t length, std::uint16_t frame_class, std::uint16_t type) {
    const wire::FrameHeader frame{length, 1, static_cast<wire::FrameClass>(frame_class),
                                  static_cast<wire::FrameType>(type), 0};
    return std::string(reinterpret_cast<const char*>(&frame), sizeof frame) +
           std::string(64, '\xff');
  };
  const std::string nonsense[] = {header(0, 1, 1),      header(23, 0, 4),  header(~0ULL, 1, 1),
                                  header(~0ULL, 0, 4),  header(30, 0, 4),  header(24, 0, 2),
                                  header(24, 0, 6),     header(88, 0, 77), header(88, 0, 1),
                                  header(1 << 20, 2, 1)};
  for (const std::string& bytes : nonsense) {
    SCOPED_TRACE(&bytes - nonsense);
    connect_to([&](Peer& peer) {
      peer.expect_syscall(1);
      peer.say(bytes);
      while (!peer.at_end()) peer.read();
    });
    EXPECT_EQ(call(1).error, -1);
    join();
  }
}

TEST_F(HostileTest, AnswersToNobodyAreIgnored) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(1);
    Frame other = syscall;
    for (const std::uint64_t request :
         {std::uint64_t{0}, syscall.header.request + 1, ~std::uint64_t{0},
          syscall.header.request ^ (std::uint64_t{1} << 20)}) {
      other.header.request = request;
      peer.answer(other, 0, 666);
    }
    peer.answer(syscall, 0, 1);
  });
  EXPECT_EQ(call(1).result[0], 1);
}

TEST_F(HostileTest, AShortAnswerIsNoAnswer) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(1);
    peer.send(wire::FrameClass::response, wire::FrameType::syscall, syscall.header.request, 0,
              "abc");
  });
  EXPECT_EQ(call(1).error, -1);
}

}  // namespace
}  // namespace farcall::client_test
