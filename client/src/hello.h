// The bodies of the frame `hello` and of its answer (proto/hello.proto), encoded and decoded here:
// what is loaded into other people's programs brings no libprotobuf with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace farcall::client {

/// What the client and a Farcall server can do beyond sysproxy. A set of hello.proto's Feature
/// numbers, each a bit.
class Features {
 public:
  enum Feature : std::uint8_t {
    direct_memory = 1,
    channels = 2,
    inline_buffers = 3,
    buffers = 4,
    channel_events = 5,
    connections = 6,
    last = connections
  };

  constexpr Features() = default;
  [[nodiscard]] constexpr bool has(Feature feature) const { return (bits_ >> feature & 1) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr void add(Feature feature) { bits_ |= 1U << feature; }
  /// Of a number from the peer; one that we do not know is ignored.
  constexpr void add_number(std::uint64_t number) {
    if (number >= direct_memory && number <= last) add(static_cast<Feature>(number));
  }
  constexpr void remove(Feature feature) { bits_ &= ~(1U << feature); }

  /// All that this client can do, or, when FARCALL_FEATURES is in the environment, those of it that
  /// are named there: "buffers", "channel_events", "channels", "connections", "direct_memory",
  /// "inline_buffers",
  /// with commas between; anything else ("none") says nothing.
  static Features allowed();

 private:
  std::uint32_t bits_ = 0;
};

struct HelloAnswer {
  std::uint32_t version = 0;
  Features features;
  std::uint32_t max_channels = 0;
  std::uint32_t max_data = 0;
  std::uint64_t max_buffers = 0;
  bool borrows = false;
};

/// A Hello is never longer.
inline constexpr std::size_t kMaxHelloSize = 16;

/// Returns the bytes used of `into`.
std::size_t encode_hello(Features features, std::array<std::byte, kMaxHelloSize>& into);

/// False when `body` is no protobuf message, or has one of the known fields in a wrong form.
/// Unknown fields are skipped.
bool decode_hello_answer(std::span<const std::byte> body, HelloAnswer* answer);

}  // namespace farcall::client
