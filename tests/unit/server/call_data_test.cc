// What crosses with a call, and how the kernel's copies are served from it.
#include "server/call_data.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "netbsd/syscalls.h"

namespace farcall::server {
namespace {

struct Space final : OutputSpace {
  std::span<std::byte> grow(std::size_t used, std::size_t size) override {
    return size <= memory.size() - used ? std::span(memory).subspan(used, size)
                                        : std::span<std::byte>{};
  }
  std::vector<std::byte> memory = std::vector<std::byte>(64);
};

class CallDataTest : public ::testing::Test {
 protected:
  void begin(std::vector<DataExtent> extents, std::string_view bytes) {
    data_.begin(extents, reinterpret_cast<const std::byte*>(bytes.data()), &space_);
  }
  std::string read(std::uint64_t address, std::size_t size) {
    std::string to(size, '?');
    to.resize(data_.read(address, std::as_writable_bytes(std::span(to))));
    return to;
  }
  bool write(std::uint64_t address, std::string_view bytes) {
    return data_.write(address, std::as_bytes(std::span(bytes)));
  }
  std::string kept() {
    const auto bytes = data_.output_bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  Space space_;
  CallData data_;
};

TEST_F(CallDataTest, ReadsWhatCame) {
  begin({{1000, 4, 0}, {2000, 3, 0}}, "abcdxyz");
  EXPECT_EQ(read(1000, 4), "abcd");
  EXPECT_EQ(read(1001, 2), "bc");
  EXPECT_EQ(read(2000, 3), "xyz");
  EXPECT_EQ(read(1002, 100), "cd") << "the rest did not come";
  EXPECT_EQ(read(999, 2), "");
  EXPECT_EQ(read(1004, 1), "");
  EXPECT_EQ(read(0, 1), "");
}

TEST_F(CallDataTest, AddressesWithoutAnEnd) {
  constexpr std::uint64_t kLast = UINT64_MAX;
  begin({{kLast - 1, 4, 0}}, "abcd");
  EXPECT_EQ(read(kLast, 1), "b");
  EXPECT_EQ(read(0, 1), "") << "nothing wraps around";
  EXPECT_TRUE(write(kLast, "x"));
  EXPECT_FALSE(data_.is_kept(0, 1));
  EXPECT_TRUE(data_.is_kept(kLast - 3, 4));
  EXPECT_FALSE(data_.is_kept(kLast - 3, 3));
}

TEST_F(CallDataTest, ReadsStringsThatCameWhole) {
  using namespace std::string_view_literals;
  begin({{1000, 4, 0}, {2000, 2, 0}}, "ab\0dno"sv);
  std::array<std::byte, 8> to;
  EXPECT_EQ(data_.read_string(1000, to), 3U);
  EXPECT_EQ(data_.read_string(1003, to), 0U);
  EXPECT_EQ(data_.read_string(2000, to), 0U);
}

TEST_F(CallDataTest, LendsWhatCame) {
  begin({{1000, 4, 0}, {2000, 3, 0}}, "abcdxyz");
  const auto lent = [this](std::uint64_t address, std::size_t size) {
    const auto* const bytes = reinterpret_cast<const char*>(data_.lend_input(address, size));
    return bytes == nullptr ? "none" : std::string(bytes, size);
  };
  EXPECT_EQ(lent(1000, 4), "abcd");
  EXPECT_EQ(lent(2001, 2), "yz");
  EXPECT_EQ(lent(1001, 4), "none") << "one byte did not come";
  EXPECT_EQ(lent(1000, SIZE_MAX), "none");
  EXPECT_TRUE(write(1002, "!"));
  EXPECT_EQ(lent(1000, 2), "none") << "the call has written to that buffer";
  data_.show(reinterpret_cast<const std::byte*>("z"), 6, 7);
  EXPECT_EQ(lent(2002, 1), "z");
  EXPECT_EQ(lent(2001, 2), "none") << "of which a part is not shown";
}

TEST_F(CallDataTest, LendsPlaceForWhatIsWritten) {
  begin({}, "");
  EXPECT_TRUE(write(1000, "ab"));
  std::byte* const place = data_.lend_output(1002, 2);
  ASSERT_NE(place, nullptr);
  std::memcpy(place, "cd", 2);
  EXPECT_EQ(kept(), "abcd");
  EXPECT_EQ(data_.output().size(), 1U);
  EXPECT_EQ(data_.lend_output(3000, space_.memory.size()), nullptr) << "there is no room";
  EXPECT_EQ(data_.lend_output(3000, 0), nullptr);
  EXPECT_EQ(kept(), "abcd");
}

TEST_F(CallDataTest, KeepsWhatIsWritten) {
  begin({}, "");
  EXPECT_TRUE(write(1000, "ab"));
  EXPECT_TRUE(write(1002, "cd"));
  EXPECT_TRUE(write(1000, "x"));
  ASSERT_EQ(data_.output().size(), 2U) << "what goes on is one extent";
  EXPECT_EQ(data_.output()[0].length, 4U);
  EXPECT_EQ(kept(), "abcdx");
  EXPECT_TRUE(data_.is_kept(1003, 1));
  EXPECT_FALSE(data_.is_kept(1004, 1));
  data_.output_is_written();
  EXPECT_TRUE(data_.output().empty());
  EXPECT_FALSE(data_.is_kept(1003, 1));
  EXPECT_TRUE(write(5, "new"));
  EXPECT_EQ(kept(), "new");
}

TEST_F(CallDataTest, ReadsNothingThatIsOld) {
  begin({{1000, 4, 0}, {2000, 4, 0}}, "abcdefgh");
  EXPECT_TRUE(write(1003, "x"));
  EXPECT_EQ(read(1000, 1), "");
  EXPECT_EQ(read(2000, 4), "efgh");
  EXPECT_FALSE(write(1999, std::string(100, 'y'))) << "more than there is room for";
  EXPECT_EQ(read(2000, 4), "") << "it is written all the same";
}

TEST_F(CallDataTest, KeepsNoMoreThanThereIsRoomFor) {
  begin({}, "");
  EXPECT_FALSE(write(1000, std::string(65, 'a')));
  EXPECT_TRUE(write(1000, std::string(60, 'a')));
  EXPECT_FALSE(write(2000, "12345"));
  EXPECT_TRUE(write(2000, "1234"));
  EXPECT_FALSE(write(2004, "5"));
  EXPECT_FALSE(write(2004, ""));
  begin({}, "");
  for (std::uint64_t i = 0; i < kMaxExtents; ++i) EXPECT_TRUE(write(i * 10, "x"));
  EXPECT_FALSE(write(9999, "x"));
  EXPECT_TRUE(write((kMaxExtents - 1) * 10 + 1, "y")) << "of the last extent";
  EXPECT_EQ(data_.output().size(), kMaxExtents);
}

TEST(DefersOutputTest, NotWhatTellsTheNameOfSomethingNew) {
  EXPECT_TRUE(defers_output(NB_SYS_read));
  EXPECT_TRUE(defers_output(NB_SYS_getsockopt));
  for (const int number : {NB_SYS_accept, NB_SYS_paccept, NB_SYS_pipe2, NB_SYS_socketpair}) {
    EXPECT_FALSE(defers_output(static_cast<std::uint32_t>(number)));
  }
  EXPECT_FALSE(defers_output(UINT32_MAX));
  EXPECT_FALSE(defers_output(1)) << "a number that no call has";
}

}  // namespace
}  // namespace farcall::server
