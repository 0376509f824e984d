#include "hello.h"

#include <stdlib.h>

#include <algorithm>
#include <string_view>

#include "farcall/sysproxy.h"

namespace farcall::client {
namespace {

// Protobuf's encoding: a field is a key, number << 3 | wire type, and a value.
enum WireType : std::uint8_t { varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 };

constexpr std::uint64_t kVersionField = 1;
constexpr std::uint64_t kFeaturesField = 2;
constexpr std::uint64_t kMaxChannelsField = 3;
constexpr std::uint64_t kMaxDataField = 4;
constexpr std::uint64_t kMaxBuffersField = 5;
constexpr std::uint64_t kBorrowsField = 6;

constexpr std::byte key(std::uint64_t field, WireType type) { return std::byte(field << 3 | type); }

/// Takes pieces off the front of a message. A piece that is not whole makes it bad, for good.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> rest) : rest_(rest) {}
  [[nodiscard]] bool more() const { return good_ && !rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

  std::uint64_t take_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = take_bytes(1);
      if (byte.empty()) return 0;
      const auto bits = std::to_integer<std::uint64_t>(byte[0]);
      value |= (bits & 0x7f) << shift;
      if (bits < 0x80) return value;
    }
    good_ = false;
    return 0;
  }

  /// Empty when there are not so many.
  std::span<const std::byte> take_bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::span<const std::byte> take_delimited() { return take_bytes(take_varint()); }

  void skip(std::uint64_t wire_type) {
    switch (wire_type) {
      case varint:
        take_varint();
        break;
      case fixed64:
        take_bytes(8);
        break;
      case delimited:
        take_delimited();
        break;
      case fixed32:
        take_bytes(4);
        break;
      default:
        good_ = false;
    }
  }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

/// A repeated field of numbers comes packed, or one by one.
bool take_features(Reader& reader, std::uint64_t wire_type, Features* features) {
  if (wire_type == varint) {
    features->add_number(reader.take_varint());
    return reader.good();
  }
  if (wire_type != delimited) return false;
  Reader packed(reader.take_delimited());
  while (packed.more()) features->add_number(packed.take_varint());
  return packed.good();
}

template <class Number>
bool take_number(Reader& reader, std::uint64_t wire_type, Number* number) {
  if (wire_type != varint) return false;
  *number = static_cast<Number>(reader.take_varint());
  return reader.good();
}

bool take_field(Reader& reader, HelloAnswer* answer) {
  const std::uint64_t tag = reader.take_varint();
  const std::uint64_t wire_type = tag & 7;
  switch (tag >> 3) {
    case kVersionField:
      return take_number(reader, wire_type, &answer->version);
    case kFeaturesField:
      return take_features(reader, wire_type, &answer->features);
    case kMaxChannelsField:
      return take_number(reader, wire_type, &answer->max_channels);
    case kMaxDataField:
      return take_number(reader, wire_type, &answer->max_data);
    case kMaxBuffersField:
      return take_number(reader, wire_type, &answer->max_buffers);
    case kBorrowsField:
      return take_number(reader, wire_type, &answer->borrows);
    default:
      reader.skip(wire_type);
      return reader.good();
  }
}

struct Name {
  std::string_view name;
  Features::Feature feature;
};
constexpr Name kNames[] = {
    {"direct_memory", Features::direct_memory},   {"channels", Features::channels},
    {"inline_buffers", Features::inline_buffers}, {"buffers", Features::buffers},
    {"channel_events", Features::channel_events}, {"connections", Features::connections}};

}  // namespace

Features Features::allowed() {
  Features features;
  const char* variable = getenv("FARCALL_FEATURES");
  if (variable == nullptr) {
    for (const Name& known : kNames) features.add(known.feature);
    return features;
  }
  std::string_view rest = variable;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find(','), rest.size());
    const std::string_view word(rest.data(), size);
    for (const Name& known : kNames) {
      if (word == known.name) features.add(known.feature);
    }
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return features;
}

std::size_t encode_hello(Features features, std::array<std::byte, kMaxHelloSize>& into) {
  static_assert(sysproxy::kHelloVersion < 0x80 && Features::last < 0x80);  // one byte each
  std::size_t size = 0;
  into[size++] = key(kVersionField, varint);
  into[size++] = std::byte(sysproxy::kHelloVersion);
  for (const Name& known : kNames) {
    if (!features.has(known.feature)) continue;
    into[size++] = key(kFeaturesField, varint);
    into[size++] = std::byte(known.feature);
  }
  return size;
}

bool decode_hello_answer(std::span<const std::byte> body, HelloAnswer* answer) {
  Reader reader(body);
  while (reader.more()) {
    if (!take_field(reader, answer)) return false;
  }
  return reader.good();
}

}  // namespace farcall::client
