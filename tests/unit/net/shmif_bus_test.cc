// The ring of a shmif bus, in plain memory.
#include "farcall/shmif_bus.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace farcall {
namespace {

class BusTest : public ::testing::Test {
 protected:
  BusTest() : memory_(kBusSize / sizeof(std::uint64_t)), bus_(memory_.data()) {}

  BusHeader& header() { return *reinterpret_cast<BusHeader*>(memory_.data()); }
  std::uint32_t& word(std::size_t offset) {
    return *reinterpret_cast<std::uint32_t*>(reinterpret_cast<char*>(memory_.data()) + offset);
  }
  /// A frame that tells its number, of a length that depends on it.
  static std::string frame(std::uint32_t number) {
    std::string text = "frame " + std::to_string(number) + ' ';
    text.resize(std::max<std::size_t>(text.size(), number * 37 % (kBusMaxFrame + 1)), 'x');
    return text;
  }
  bool write(const std::string& text, std::uint64_t sender = 7) {
    const BusFrameHeader header = {static_cast<std::uint32_t>(text.size()), 1, 2, 0, sender};
    return bus_.write(header, text.data());
  }
  /// Empty: nothing was there.
  std::string read(std::uint64_t& position) {
    BusFrameHeader header = {};
    std::array<std::byte, kBusMaxFrame> bytes = {};
    if (bus_.read(position, header, bytes.data()) != Bus::Read::frame) return {};
    return {reinterpret_cast<const char*>(bytes.data()), header.length};
  }

  std::vector<std::uint64_t> memory_;
  Bus bus_;
};

TEST_F(BusTest, AFileOfZerosBecomesABus) {
  ASSERT_TRUE(bus_.initialize());
  EXPECT_EQ(header().magic, 0xca11d054u);
  EXPECT_EQ(header().first, kBusData);
  EXPECT_TRUE(bus_.initialize());
  std::uint64_t position = 0;
  EXPECT_EQ(read(position), "");
}

TEST_F(BusTest, SomethingElseIsLeftAlone) {
  header().magic = 0x464c457f;
  EXPECT_FALSE(bus_.initialize());
  EXPECT_FALSE(bus_.extent());
  EXPECT_FALSE(write("frame"));
  EXPECT_EQ(header().magic, 0x464c457fu);
}

TEST_F(BusTest, TheFirstFrameIsWhereNetbsdHasIt) {
  bus_.initialize();
  ASSERT_TRUE(write("twenty-byte  content", 0x0123456789abcdef));
  EXPECT_EQ(header().last, 24u);
  EXPECT_EQ(word(32 + 24), 20u);
  EXPECT_EQ(word(32 + 24 + 16), 0x89abcdefu);
  EXPECT_EQ(std::memcmp(&word(32 + 48), "twenty-byte  content", 20), 0);
}

TEST_F(BusTest, OneAtATimeHasTheLock) {
  EXPECT_TRUE(bus_.try_lock());
  EXPECT_FALSE(bus_.try_lock());
  bus_.unlock();
  EXPECT_TRUE(bus_.try_lock());
}

TEST_F(BusTest, WhoKeepsUpReadsEverythingRoundAfterRound) {
  bus_.initialize();
  std::uint64_t position = 0;
  for (std::uint32_t number = 0; number < 20'000; ++number) {
    ASSERT_TRUE(write(frame(number)));
    ASSERT_EQ(read(position), frame(number));
    ASSERT_EQ(read(position), "");
  }
  EXPECT_GT(header().generation, 10u);
}

TEST_F(BusTest, WhoIsLateGoesOnWithTheOldestFrame) {
  bus_.initialize();
  constexpr std::uint32_t kFrames = 5'000;
  for (std::uint32_t number = 0; number < kFrames; ++number) ASSERT_TRUE(write(frame(number)));
  std::uint64_t position = 0;
  std::vector<std::string> got;
  for (auto text = read(position); !text.empty(); text = read(position)) got.push_back(text);
  // A ring of 1 MiB holds that many of frames of 757 bytes on average.
  ASSERT_GT(got.size(), 1'300u);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i], frame(static_cast<std::uint32_t>(kFrames - got.size() + i)));
  }
}

TEST_F(BusTest, APositionBeyondTheEndIsTheEnd) {
  bus_.initialize();
  write("frame");
  std::uint64_t position = ~std::uint64_t{0};
  EXPECT_EQ(read(position), "");
  write("next");
  EXPECT_EQ(read(position), "next");
}

TEST_F(BusTest, WordsThatCannotBeAreRefused) {
  bus_.initialize();
  write("frame");
  const BusHeader good = header();
  const auto refused = [&] {
    const bool extent = bus_.extent().has_value();
    header() = good;
    return !extent;
  };
  header().last = kBusData;
  EXPECT_TRUE(refused());
  header().first = kBusData + 1;
  EXPECT_TRUE(refused());
  header().generation = ~std::uint64_t{0};
  EXPECT_TRUE(refused());
  EXPECT_FALSE(refused());
  word(32 + 24) = kBusMaxFrame + 1;
  EXPECT_TRUE(refused());
}

/// Whatever another one writes, nothing outside of the bus is touched (as sanitizers see), no loop
/// goes on for ever, and no frame is longer than a frame can be.
TEST_F(BusTest, GarbageEndsNothing) {
  std::mt19937_64 random(1);
  std::array<std::byte, kBusMaxFrame> bytes = {};
  BusFrameHeader frame_header = {};
  std::uint64_t position = 0;
  for (int round = 0; round < 20'000; ++round) {
    header().magic = kBusMagic;
    header().generation = random() % 3;
    header().first = static_cast<std::uint32_t>(random() % (kBusData + 2));
    header().last = static_cast<std::uint32_t>(random() % (kBusData + 2));
    for (const std::uint32_t at : {header().first, header().last, header().last + 24}) {
      if (at < kBusData - 4) word((32 + at) / 4 * 4) = static_cast<std::uint32_t>(random() % 1600);
    }
    write(frame(static_cast<std::uint32_t>(random() % 1000)));
    for (int i = 0; i < 4; ++i) {
      if (bus_.read(position, frame_header, bytes.data()) == Bus::Read::frame) {
        ASSERT_LE(frame_header.length, kBusMaxFrame);
      }
    }
    if (round % 100 == 0) position = random();
  }
}

}  // namespace
}  // namespace farcall
