// The client's own encoding of Hello and HelloAnswer, against libprotobuf's.
#include "hello.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "farcall/sysproxy.h"
#include "proto/hello.pb.h"

namespace farcall::client {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

hello::Hello encoded(Features features) {
  std::array<std::byte, kMaxHelloSize> body;
  const std::size_t size = encode_hello(features, body);
  hello::Hello message;
  EXPECT_TRUE(message.ParseFromArray(body.data(), static_cast<int>(size)));
  return message;
}

TEST(HelloTest, IsWhatProtobufReads) {
  EXPECT_EQ(encoded({}).version(), sysproxy::kHelloVersion);
  EXPECT_EQ(encoded({}).features_size(), 0);
  Features all;
  all.add(Features::direct_memory);
  all.add(Features::channels);
  all.add(Features::inline_buffers);
  all.add(Features::buffers);
  const hello::Hello message = encoded(all);
  ASSERT_EQ(message.features_size(), 4);
  EXPECT_EQ(message.features(0), hello::FEATURE_DIRECT_MEMORY);
  EXPECT_EQ(message.features(1), hello::FEATURE_CHANNELS);
  EXPECT_EQ(message.features(2), hello::FEATURE_INLINE_BUFFERS);
  EXPECT_EQ(message.features(3), hello::FEATURE_BUFFERS);
}

TEST(HelloTest, TheAnswerIsReadAsProtobufWritesIt) {
  hello::HelloAnswer message;
  message.set_version(1);
  message.add_features(hello::FEATURE_CHANNELS);
  message.add_features(static_cast<hello::Feature>(1000));  // of a later version
  message.set_max_channels(3000000000);
  message.set_max_data(1 << 20);
  message.set_max_buffers(std::uint64_t{1} << 40);
  message.set_borrows(true);
  HelloAnswer answer;
  ASSERT_TRUE(decode_hello_answer(bytes_of(message.SerializeAsString()), &answer));
  EXPECT_EQ(answer.version, 1U);
  EXPECT_TRUE(answer.features.has(Features::channels));
  EXPECT_FALSE(answer.features.has(Features::direct_memory));
  EXPECT_EQ(answer.max_channels, 3000000000U);
  EXPECT_EQ(answer.max_data, 1U << 20);
  EXPECT_EQ(answer.max_buffers, std::uint64_t{1} << 40);
  EXPECT_TRUE(answer.borrows);
}

TEST(HelloTest, UnknownFieldsAreSkipped) {
  using namespace std::string_literals;
  // Fields 15 of all wire types, then max_channels.
  const std::string body = "\x78\x96\x01"s + "\x79\x01\x02\x03\x04\x05\x06\x07\x08"s +
                           "\x7a\x02xy"s + "\x7d\x01\x02\x03\x04"s + "\x18\x05"s;
  HelloAnswer answer;
  ASSERT_TRUE(decode_hello_answer(bytes_of(body), &answer));
  EXPECT_EQ(answer.max_channels, 5U);
}

TEST(HelloTest, BadAnswersAreRefused) {
  using namespace std::string_literals;
  for (const std::string& bad :
       {"\x08"s, "\x08\xff"s, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x12\x05\x01"s,
        "\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s, "\x0a\x01x"s, "\x0b"s, "\x79\x01\x02"s}) {
    HelloAnswer answer;
    EXPECT_FALSE(decode_hello_answer(bytes_of(bad), &answer)) << testing::PrintToString(bad);
  }
}

TEST(HelloTest, AnyBytesAreReadOrRefused) {
  std::minstd_rand random(20);
  for (int round = 0; round < 20000; ++round) {
    std::string body(random() % 24, '\0');
    for (char& byte : body) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 32);
    HelloAnswer answer;
    hello::HelloAnswer message;
    const bool decoded = decode_hello_answer(bytes_of(body), &answer);
    if (decoded && message.ParseFromString(body)) {
      EXPECT_EQ(answer.version, message.version()) << testing::PrintToString(body);
      EXPECT_EQ(answer.max_channels, message.max_channels()) << testing::PrintToString(body);
    }
  }
}

TEST(FeaturesTest, TheEnvironmentNamesWhatIsAllowed) {
  unsetenv("FARCALL_FEATURES");
  EXPECT_TRUE(Features::allowed().has(Features::channels));
  EXPECT_TRUE(Features::allowed().has(Features::direct_memory));
  setenv("FARCALL_FEATURES", "none", 1);
  EXPECT_TRUE(Features::allowed().empty());
  setenv("FARCALL_FEATURES", "later,direct_memory,", 1);
  EXPECT_TRUE(Features::allowed().has(Features::direct_memory));
  EXPECT_FALSE(Features::allowed().has(Features::channels));
  setenv("FARCALL_FEATURES", "", 1);
  EXPECT_TRUE(Features::allowed().empty());
  unsetenv("FARCALL_FEATURES");
}

}  // namespace
}  // namespace farcall::client
