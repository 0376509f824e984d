#include "server/stream_data.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace farcall::server {

bool StreamData::begin(FrameReader& reader) {
  if (reader.body_length() < sizeof(prefix_) + sizeof(mark_)) return false;
  reader.body_into(std::as_writable_bytes(std::span(&prefix_, 1)));
  return true;
}

bool StreamData::next(FrameReader& reader) {
  switch (part_) {
    case Part::prefix:
      return expect_lists(reader);
    case Part::lists:
      return take_lists(reader);
    case Part::data:
      expect_segment(reader);
      break;
    case Part::segment:
      expect_mark(reader);
      break;
    case Part::mark:
      take_mark();
      break;
  }
  return true;
}

void StreamData::end() { take_mark(); }

bool StreamData::expect_lists(FrameReader& reader) {
  if (prefix_.arguments > arguments_.size() || prefix_.extents > extents_.size()) return false;
  const std::size_t size =
      prefix_.arguments * sizeof(arguments_[0]) + prefix_.extents * sizeof(extents_[0]);
  if (size + sizeof(mark_) > reader.body_left()) return false;
  if (size == 0) return take_lists(reader);
  part_ = Part::lists;
  reader.body_into(std::span(lists_).first(size));
  return true;
}

bool StreamData::take_lists(FrameReader& reader) {
  const std::size_t arguments = prefix_.arguments * sizeof(arguments_[0]);
  std::memcpy(arguments_.data(), lists_.data(), arguments);
  std::memcpy(extents_.data(), lists_.data() + arguments, prefix_.extents * sizeof(extents_[0]));
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < prefix_.extents; ++i) size += extents_[i].length;
  const std::uint64_t marks = sysproxy::marks_of(size) * sizeof(mark_);
  if (size > most_ || size + marks != reader.body_left()) return false;
  size_ = size;
  if (size == 0) {
    expect_mark(reader);
  } else {
    part_ = Part::data;
  }
  return true;
}

void StreamData::expect_segment(FrameReader& reader) {
  part_ = Part::segment;
  reading_ = std::min(kSegment, size_ - came_);
  const auto memory = place(reading_);
  if (memory.empty()) {
    reader.skip(reading_);
  } else {
    reader.body_into(memory);
  }
}

// Without memory for it the data is dropped, and the kernel asks for it as if none had come.
std::span<std::byte> StreamData::place(std::size_t size) {
  if (keeping_ == Keeping::rest) {
    if (ended_early_) return {};
    if (input_.bytes().empty() && !put_into(input_, size_ - came_)) return {};
    return input_.bytes().subspan(came_ - there_begin_, size);
  }
  if (keeping_ == Keeping::none) ended_early_ = true;
  if (!ended_early_) static_cast<void>(put_into(segment_, kSegment));
  return segment_.bytes().first(std::min(size, segment_.bytes().size()));
}

// What comes from now on. False: there is no memory.
bool StreamData::put_into(DataMemory& memory, std::size_t size) {
  ended_early_ = memory.bytes().empty() && !memory.resize(size, 0);
  there_ = memory.bytes().data();
  there_begin_ = there_end_ = came_;
  return !ended_early_;
}

void StreamData::expect_mark(FrameReader& reader) {
  part_ = Part::mark;
  reader.body_into(std::as_writable_bytes(std::span(&mark_, 1)));
}

void StreamData::take_mark() {
  part_ = Part::data;
  came_ += std::exchange(reading_, 0);
  ended_early_ |= mark_.good != 1;
  if (!ended_early_) there_end_ = came_;
}

CallData& StreamData::begin_call(std::uint32_t number) {
  data_.begin(std::span(extents_).first(prefix_.extents), nullptr,
              defers_output(number) ? this : nullptr);
  show();
  return data_;
}

void StreamData::show() { data_.show(there_, there_begin_, there_end_); }

std::span<std::byte> StreamData::grow(std::size_t used, std::size_t size) {
  constexpr std::size_t kLeast = 1024;
  if (size > most_ - used) return {};
  if (used + size > output_.bytes().size()) {
    const std::size_t wanted = std::max({used + size, 2 * used, kLeast});
    if (!output_.resize(std::min(wanted, std::max(most_, kLeast)), used)) return {};
  }
  return output_.bytes().subspan(used, size);
}

std::span<const std::byte> StreamData::answer_head(sysproxy::SyscallResponse response) {
  static_assert(sizeof(response) + sizeof(extents_) <= sizeof(lists_));
  const auto extents = std::as_bytes(data_.output());
  response.extents = static_cast<std::uint32_t>(data_.output().size());
  std::memcpy(lists_.data(), &response, sizeof(response));
  std::ranges::copy(extents, lists_.begin() + sizeof(response));
  return std::span(lists_).first(sizeof(response) + extents.size());
}

}  // namespace farcall::server
