// FrameReader and FrameSender over a pair of sockets.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "server/frame_reader.h"
#include "server/frame_sender.h"

namespace farcall::server {
namespace {

using sysproxy::FrameHeader;
using Step = FrameReader::Step;

class FramesTest : public ::testing::Test {
 protected:
  FramesTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds_.data()), 0); }
  ~FramesTest() override {
    close(fds_[0]);
    close_peer();
  }

  void close_peer() {
    if (fds_[1] != -1) close(fds_[1]);
    fds_[1] = -1;
  }
  void put(const std::string& bytes) {
    ASSERT_EQ(::send(fds_[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  static std::string frame(std::uint64_t number, const std::string& body) {
    const FrameHeader header{sizeof(header) + body.size(), number, {}, {}, 0};
    return std::string(reinterpret_cast<const char*>(&header), sizeof(header)) + body;
  }
  /// Reads on, without sleeping, until a frame is whole; its body.
  std::string read_frame() {
    if (reader_.next(fds_[0], false) != Step::header) return "no header";
    std::vector<std::byte> body(reader_.body_length());
    reader_.body_into(body);
    if (reader_.next(fds_[0], false) != Step::frame) return "no body";
    return {reinterpret_cast<const char*>(body.data()), body.size()};
  }

  std::array<int, 2> fds_{};
  FrameReader reader_;
};

TEST_F(FramesTest, ThereIsNothingYet) { EXPECT_EQ(reader_.next(fds_[0], false), Step::again); }

TEST_F(FramesTest, FramesThatComeTogetherAreToldApart) {
  put(frame(1, "one") + frame(2, "") + frame(3, "three"));
  EXPECT_EQ(read_frame(), "one");
  EXPECT_TRUE(reader_.has_more());
  EXPECT_EQ(read_frame(), "");
  EXPECT_EQ(read_frame(), "three");
  EXPECT_EQ(reader_.header().request, 3u);
  EXPECT_FALSE(reader_.has_more());
}

TEST_F(FramesTest, AFrameInSingleBytesIsPutTogether) {
  const std::string bytes = frame(5, "body");
  std::array<std::byte, 4> body;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(reader_.next(fds_[0], false), Step::again);
    put(bytes.substr(i, 1));
    if (i == 23) {
      ASSERT_EQ(reader_.next(fds_[0], false), Step::header);
      reader_.body_into(body);
    }
  }
  EXPECT_EQ(reader_.next(fds_[0], false), Step::frame);
  EXPECT_EQ(std::memcmp(body.data(), "body", 4), 0);
}

TEST_F(FramesTest, LargeBodiesArriveWhole) {
  std::string large(100'000, 'x');
  large.back() = 'y';
  std::thread writer([&] { put(frame(1, large) + frame(2, "next")); });
  ASSERT_EQ(reader_.next(fds_[0], true), Step::header);
  std::vector<std::byte> body(reader_.body_length());
  reader_.body_into(body);
  ASSERT_EQ(reader_.next(fds_[0], true), Step::frame);
  writer.join();
  EXPECT_EQ(std::memcmp(body.data(), large.data(), large.size()), 0);
  EXPECT_EQ(read_frame(), "next");
}

TEST_F(FramesTest, BodiesComeInParts) {
  const std::string bytes = frame(1, "one" + std::string(1000, 'x') + "three") + frame(2, "next");
  std::array<std::byte, 5> part;
  std::vector<Step> steps;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    put(bytes.substr(i, 1));
    const Step step = reader_.next(fds_[0], false);
    if (step == Step::again) continue;
    steps.push_back(step);
    if (steps.size() == 1) reader_.body_into(std::span(part).first(3));
    if (steps.size() == 2) {
      EXPECT_EQ(std::memcmp(part.data(), "one", 3), 0);
      EXPECT_EQ(reader_.body_left(), 1005U);
      reader_.skip(1000);
    }
    if (steps.size() == 3) reader_.body_into(part);
    if (step == Step::frame) {
      put(bytes.substr(i + 1));
      break;
    }
  }
  EXPECT_EQ(steps, (std::vector{Step::header, Step::part, Step::part, Step::frame}));
  EXPECT_EQ(std::memcmp(part.data(), "three", 5), 0);
  EXPECT_EQ(read_frame(), "next");
}

TEST_F(FramesTest, ABodyThatNobodyWantsIsSkipped) {
  put(frame(1, std::string(5000, 'x')) + frame(2, "next"));
  ASSERT_EQ(reader_.next(fds_[0], false), Step::header);
  reader_.skip_body();
  ASSERT_EQ(reader_.next(fds_[0], false), Step::frame);
  EXPECT_EQ(read_frame(), "next");
}

TEST_F(FramesTest, ThePeersEndIsNoticed) {
  put(frame(1, "body").substr(0, 25));
  close_peer();
  ASSERT_EQ(reader_.next(fds_[0], false), Step::header);
  std::array<std::byte, 4> body;
  reader_.body_into(body);
  EXPECT_EQ(reader_.next(fds_[0], false), Step::closed);
}

TEST_F(FramesTest, WhatIsSentIsOneFrame) {
  FrameSender sender(fds_[1], [] {});
  const std::string one = "one", two = "two";
  ASSERT_TRUE(sender.send({}, std::as_bytes(std::span(one)), std::as_bytes(std::span(two))));
  EXPECT_EQ(read_frame(), "onetwo");
}

TEST_F(FramesTest, AFullSocketIsWaitedForAndSaidBefore) {
  std::atomic<int> sleeps = 0;
  FrameSender sender(fds_[1], [&] { ++sleeps; });
  const std::string large(4'000'000, 'x');
  std::thread writer([&] { EXPECT_TRUE(sender.send({}, std::as_bytes(std::span(large)))); });
  while (sleeps == 0) std::this_thread::yield();
  // Meanwhile nobody who must not sleep has to.
  EXPECT_TRUE(
      sender.send_soon({.length = 0, .request = 9, .frame_class = {}, .type = {}, .detail = 0}));
  ASSERT_EQ(reader_.next(fds_[0], true), Step::header);
  reader_.skip_body();
  ASSERT_EQ(reader_.next(fds_[0], true), Step::frame);
  ASSERT_EQ(reader_.next(fds_[0], true), Step::header);
  EXPECT_EQ(reader_.header().request, 9u);
  writer.join();
}

TEST_F(FramesTest, TooMuchThatCannotBeSentYetIsRefused) {
  const int small = 4096;
  setsockopt(fds_[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  FrameSender sender(fds_[1], [] {});
  bool taken = true;
  for (int i = 0; i < 100'000 && taken; ++i) taken = sender.send_soon({});
  EXPECT_FALSE(taken);
}

TEST_F(FramesTest, ABrokenConnectionIsNoticed) {
  FrameSender sender(fds_[0], [] {});
  close_peer();
  EXPECT_FALSE(sender.send({}));
  EXPECT_FALSE(sender.send_soon({}));
}

}  // namespace
}  // namespace farcall::server
