// Data that crosses through a channel's area.
#include <cstring>
#include <random>
#include <thread>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

constexpr std::uint64_t kNowhere = 8;  // an address that no program has

class ChannelDataTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
    client_ = guest();
    upgrade(*client_);
    channel_.open(*client_);
  }
  std::byte* area() {
    return reinterpret_cast<std::byte*>(&channel_.page()) + channel::kAreaOffset;
  }

  /// A call with these extents of input, whose bytes are in the area.
  sysproxy::SyscallResponse call(int number, const std::vector<std::uint64_t>& args,
                                 const std::vector<DataExtent>& input) {
    std::copy(input.begin(), input.end(), channel_.page().input);
    return channel_.call(number, args, static_cast<std::uint8_t>(input.size()));
  }
  void put(std::string_view bytes) { std::memcpy(area(), bytes.data(), bytes.size()); }

  std::unique_ptr<TestClient> client_;
  TestChannel channel_;
};

TEST_F(ChannelDataTest, InputIsTakenFromTheArea) {
  put("of the area");
  EXPECT_EQ(call(kWrite, {0, kNowhere, 11}, {{kNowhere, 11, 0}}).error, 0);
  std::string back(11, '\0');
  EXPECT_EQ(channel_.call(kRead, {0, address_of(back.data()), back.size()}).error, 0);
  EXPECT_EQ(channel_.take_output(), 1U);
  EXPECT_EQ(back, "of the area");
}

TEST_F(ChannelDataTest, WhatDidNotComeIsRead) {
  const std::string memory = "memory";
  put("mem");
  EXPECT_EQ(
      call(kWrite, {0, address_of(memory.data()), 6}, {{address_of(memory.data()), 3, 0}}).error,
      0);
  std::string back(6, '\0');
  EXPECT_EQ(channel_.call(kRead, {0, address_of(back.data()), back.size()}).error, 0);
  channel_.take_output();
  EXPECT_EQ(back, memory);
  put("xyz");
  EXPECT_EQ(call(kWrite, {0, kNowhere, 4}, {{kNowhere, 3, 0}}).error, NB_EFAULT);
}

TEST_F(ChannelDataTest, StringsAreTakenFromTheArea) {
  using namespace std::string_view_literals;
  put("name\0"sv);
  const auto result = call(kOpen, {kNowhere}, {{kNowhere, 5, 0}});
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(result.result[0], 5);
  EXPECT_EQ(call(kOpen, {kNowhere}, {{kNowhere, 4, 0}}).error, NB_EFAULT) << "without its zero";
}

TEST_F(ChannelDataTest, OutputLiesBehindTheInput) {
  put("0123456789");
  EXPECT_EQ(call(kWrite, {0, kNowhere, 10}, {{kNowhere, 10, 0}}).error, 0);
  std::string back(10, '\0');
  put("in");
  EXPECT_EQ(call(kRead, {0, address_of(back.data()), 10}, {{kNowhere, 2, 0}}).error, 0);
  EXPECT_EQ(std::memcmp(area(), "in", 2), 0);
  EXPECT_EQ(std::memcmp(area() + channel::output_begin(2), "0123456789", 10), 0);
  EXPECT_EQ(back, std::string(10, '\0')) << "the client has not taken it yet";
}

TEST_F(ChannelDataTest, OutputWithoutRoomIsWritten) {
  const std::string data(100, 'd');
  EXPECT_EQ(channel_.call(kWrite, {0, address_of(data.data()), data.size()}).error, 0);
  std::string back(data.size(), '\0');
  const std::vector<DataExtent> all = {{kNowhere, channel::kAreaSize - 32, 0}};
  EXPECT_EQ(call(kRead, {0, address_of(back.data()), back.size()}, all).error, 0);
  EXPECT_EQ(channel_.page().response.output_extents, 0U);
  EXPECT_EQ(back, data);
}

TEST_F(ChannelDataTest, ListsThatCannotBe) {
  put("abc");
  // More than the area has: what fits of the list counts.
  const std::vector<DataExtent> too_long = {{kNowhere, 3, 0}, {100, UINT32_MAX, 0}, {200, 3, 0}};
  EXPECT_EQ(call(kWrite, {0, kNowhere, 3}, too_long).error, 0);
  EXPECT_EQ(call(kWrite, {0, 100, 3}, too_long).error, NB_EFAULT);
  EXPECT_EQ(call(kWrite, {0, 200, 3}, too_long).error, NB_EFAULT);
  channel_.page().input[0] = {kNowhere, 3, 0};
  EXPECT_EQ(channel_.call(kWrite, {0, kNowhere, 3}, 255).error, 0);
  EXPECT_EQ(call(kWrite, {0, kNowhere, 3}, {{kNowhere, 0, 0}}).error, NB_EFAULT);
  EXPECT_GT(client_->getpid(), 0);
}

// Lists, states and data change while the server uses them.
TEST_F(ChannelDataTest, EverythingMayChangeAtAnyTime) {
  std::atomic<bool> over = false;
  std::thread changer([&] {
    std::mt19937_64 random(2);
    auto* words = reinterpret_cast<std::uint64_t*>(channel_.page().input);
    while (!over) {
      const std::uint64_t value = random();
      std::atomic_ref(words[value % (sizeof(channel::Page::input) / 8)])
          .store(value >> (value % 64));
      std::atomic_ref(channel_.page().request.input_extents)
          .store(static_cast<std::uint8_t>(value));
    }
  });
  std::string memory(5000, 'm');
  for (int i = 0; i < 20'000; ++i) {
    const auto result =
        channel_.call(i % 2 == 0 ? kWrite : kRead, {0, address_of(memory.data()), 5000});
    ASSERT_TRUE(result.error == 0 || result.error == NB_EFAULT);
    ASSERT_LE(channel_.page().response.output_extents, kMaxExtents);
  }
  over = true;
  changer.join();
  EXPECT_GT(client_->getpid(), 0);
}

}  // namespace
}  // namespace farcall::server::test
