#include "netbsd/constants.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::CopyRequest;
using sysproxy::FrameClass;
using sysproxy::FrameType;

/// The next frame: a request to copy.
CopyRequest receive_copy(TestClient& client, FrameType type, std::uint64_t number) {
  const auto frame = client.receive();
  if (!frame || frame->body.size() < sizeof(CopyRequest)) {
    ADD_FAILURE() << "no request to copy came";
    return {};
  }
  EXPECT_EQ(frame->header.frame_class, FrameClass::request);
  EXPECT_EQ(frame->header.type, type);
  EXPECT_EQ(frame->header.request, number);
  CopyRequest request;
  memcpy(&request, frame->body.data(), sizeof(request));
  return request;
}

void answer(TestClient& client, FrameType type, std::uint64_t number, const std::string& data) {
  client.send_numbered(FrameClass::response, type, number, 0, data);
}

/// What a call copies out, up to its answer.
std::string receive_copied_out(TestClient& client) {
  std::string all;
  for (;;) {
    const auto frame = client.receive();
    if (!frame || frame->header.type != FrameType::copyout) return all;
    all.append(frame->body.data() + sizeof(CopyRequest), frame->body.size() - sizeof(CopyRequest));
  }
}

std::string letters(std::size_t size) {
  std::string data(size, 'x');
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>('a' + i % 26);
  return data;
}

/// Writes `data` as if it stood at `address`, then reads it back. The result of the read.
std::string write_and_read(TestClient& client, const std::string& data, std::size_t pieces) {
  constexpr std::uint64_t kAddress = 0x1234'5678'9000;
  const auto write = client.send_call(kWrite, {0, kAddress, data.size()});
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const auto copy = receive_copy(client, FrameType::copyin, write);
    answer(client, FrameType::copyin, write, data.substr(copy.address - kAddress, copy.length));
  }
  EXPECT_EQ(client.receive_result().result[0], static_cast<std::int64_t>(data.size()));

  client.send_call(kRead, {0, kAddress, data.size()});
  return receive_copied_out(client);
}

TEST_F(ServerTest, MemoryIsCopiedInAndOut) {
  start();
  auto client = guest();
  EXPECT_EQ(write_and_read(*client, "hello, kernel", 1), "hello, kernel");
}

TEST_F(ServerTest, LargeCopiesComeInPiecesThatFitAFrame) {
  limits_.max_frame = 4096;
  start();
  auto client = guest();
  const std::string data = letters(10'000);
  EXPECT_EQ(write_and_read(*client, data, 3), data);
}

TEST_F(ServerTest, WhatTheCallWillReadIsReadAhead) {
  start();
  auto client = guest();
  constexpr std::size_t kSize = 200'000;
  constexpr std::size_t kAhead = std::size_t{128} << 10;
  const std::string data = letters(kSize);
  // The kernel wants 64 KiB, sleeps, and then wants the rest.
  const auto number = client->send_call(kPwrite, {0, 0x1000, kSize});
  EXPECT_EQ(receive_copy(*client, FrameType::copyin, number).length, kAhead);
  answer(*client, FrameType::copyin, number, data.substr(0, kAhead));
  kernel_.wait_for_sleepers(1);
  kernel_.wake();
  const auto rest = receive_copy(*client, FrameType::copyin, number);
  EXPECT_EQ(rest.address, 0x1000 + kAhead);
  EXPECT_EQ(rest.length, kSize - kAhead);
  answer(*client, FrameType::copyin, number, data.substr(kAhead));
  EXPECT_EQ(client->receive_result().result[0], static_cast<std::int64_t>(kSize));
  client->send_call(kRead, {0, 0x1000, kSize});
  EXPECT_EQ(receive_copied_out(*client), data);
}

TEST_F(ServerTest, MemoryThatCannotBeReadAheadIsReadAsTheKernelWantsIt) {
  start();
  auto client = guest();
  constexpr std::size_t kSize = 200'000;
  const auto number = client->send_call(kPwrite, {0, 0x1000, kSize});
  receive_copy(*client, FrameType::copyin, number);
  client->send_numbered(FrameClass::error, FrameType::copyin, number,
                        static_cast<std::uint32_t>(sysproxy::WireError::malformed));
  const auto first = receive_copy(*client, FrameType::copyin, number);
  EXPECT_EQ(first.address, 0x1000U);
  EXPECT_EQ(first.length, sysproxy::kDataSegment);
  answer(*client, FrameType::copyin, number, letters(first.length));
  kernel_.wait_for_sleepers(1);
  kernel_.wake();
  EXPECT_EQ(receive_copy(*client, FrameType::copyin, number).length, kSize - first.length);
  answer(*client, FrameType::copyin, number, letters(kSize - first.length));
  EXPECT_EQ(client->receive_result().result[0], static_cast<std::int64_t>(kSize));
}

TEST_F(ServerTest, AStringEndsAtItsZero) {
  start();
  auto client = guest();
  const auto number = client->send_call(kOpen, {0x1000});
  EXPECT_EQ(receive_copy(*client, FrameType::copyinstr, number).length, 64u);
  answer(*client, FrameType::copyinstr, number, std::string("/etc\0rest", 9));
  EXPECT_EQ(client->receive_result().result[0], 5);
}

TEST_F(ServerTest, AStringWithoutAnEndIsTooLong) {
  start();
  auto client = guest();
  const auto number = client->send_call(kOpen, {0x1000});
  answer(*client, FrameType::copyinstr, number, std::string(64, 'x'));
  receive_copy(*client, FrameType::copyinstr, number);
  EXPECT_EQ(client->receive_result().error, NB_ENAMETOOLONG);
}

TEST_F(ServerTest, ClientsMemoryIsAsked) {
  start();
  auto client = guest();
  const auto number = client->send_call(kMmap, {0, 8192});
  const auto asked = client->receive();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->header.type, FrameType::anonmmap);
  EXPECT_EQ(asked->as<std::uint64_t>(), 8192u);
  const std::uint64_t address = 0x7000'0000;
  answer(*client, FrameType::anonmmap, number,
         std::string(reinterpret_cast<const char*>(&address), sizeof(address)));
  EXPECT_EQ(client->receive_result().result[0], 0x7000'0000);
}

TEST_F(ServerTest, AnAddressThatTheClientHasNotIsAFault) {
  start();
  auto client = guest();
  const auto number = client->send_call(kWrite, {0, 0x10, 100});
  receive_copy(*client, FrameType::copyin, number);
  client->send_numbered(FrameClass::error, FrameType::copyin, number,
                        static_cast<std::uint32_t>(sysproxy::WireError::malformed));
  EXPECT_EQ(client->receive_result().error, NB_EFAULT);
}

TEST_F(ServerTest, AnAnswerOfTheWrongSizeIsAFaultAndWritesNothing) {
  start();
  auto client = guest();
  for (const std::size_t size : {0, 99, 101, 5000}) {
    const auto number = client->send_call(kWrite, {0, 0x10, 100});
    receive_copy(*client, FrameType::copyin, number);
    answer(*client, FrameType::copyin, number, std::string(size, 'x'));
    EXPECT_EQ(client->receive_result().error, NB_EFAULT) << size;
  }
}

TEST_F(ServerTest, AnswersThatNobodyAskedForAreDropped) {
  start();
  auto client = guest();
  answer(*client, FrameType::copyin, 4711, std::string(100'000, 'x'));
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(ServerTest, CallsThatWaitForCopiesDoNotMixThemUp) {
  start();
  auto client = guest();
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < 8; ++i) {
    numbers.push_back(client->send_call(kWrite, {0, 0x1000 * i, 10 + i}));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto asked = client->receive();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->header.type, FrameType::copyin);
  }
  EXPECT_GT(client->getpid(), 0);
  for (std::size_t i = numbers.size(); i-- > 0;) {
    answer(*client, FrameType::copyin, numbers[i], std::string(10 + i, 'x'));
    EXPECT_EQ(client->receive_result().result[0], static_cast<std::int64_t>(10 + i));
  }
}

TEST_F(ServerTest, AClientThatGoesWhileItsMemoryIsWantedLeavesNothing) {
  start();
  auto client = guest();
  const auto one = client->send_call(kWrite, {0, 0x1000, 100});
  receive_copy(*client, FrameType::copyin, one);
  const auto other = client->send_call(kWrite, {0, 0x1000, 50'000});
  receive_copy(*client, FrameType::copyin, other);
  // Half an answer: a thread of the server is writing to the kernel's memory.
  const sysproxy::FrameHeader header{sizeof(header) + 50'000, other, FrameClass::response,
                                     FrameType::copyin, 0};
  client->send_raw(&header, sizeof(header));
  client->send_raw(std::string(20'000, 'x').data(), 20'000);
  client.reset();
  kernel_.wait_for_processes(0);
}

TEST_F(ServerTest, AClientThatDoesNotReadDelaysNobodyElse) {
  start();
  auto slow = guest();
  const auto number = slow->send_call(kWrite, {0, 0, 200'000});
  receive_copy(*slow, FrameType::copyin, number);
  answer(*slow, FrameType::copyin, number, std::string(200'000, 'x'));
  EXPECT_EQ(slow->receive_result().error, 0);
  // Each answer fills the socket a little more.
  for (int i = 0; i < 20; ++i) slow->send_call(kRead, {0, 0, 200'000});
  auto other = guest();
  for (int i = 0; i < 100; ++i) EXPECT_GT(other->getpid(), 0);
  slow.reset();
  other.reset();
  kernel_.wait_for_processes(0);
}

}  // namespace
}  // namespace farcall::server::test
