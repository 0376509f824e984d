#include "server/stream_data.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace farcall::server {

bool DataMemory::resize(std::size_t size, std::size_t used) {
  if (!own_.take(size)) return false;
  if (!all_.take(size)) {
    own_.give_back(size);
    return false;
  }
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  if (used != 0) std::memcpy(bytes.get(), bytes_.get(), used);
  give_back();
  bytes_ = std::move(bytes);
  size_ = size;
  return true;
}

void DataMemory::give_back() {
  own_.give_back(size_);
  all_.give_back(size_);
}

bool StreamData::begin(FrameReader& reader) {
  if (reader.body_length() < sizeof(prefix_) + sizeof(trailer_)) return false;
  reader.body_into(std::as_writable_bytes(std::span(&prefix_, 1)));
  return true;
}

bool StreamData::next(FrameReader& reader) {
  switch (std::exchange(part_, static_cast<Part>(static_cast<int>(part_) + 1))) {
    case Part::prefix:
      return expect_lists(reader);
    case Part::lists:
      return expect_data(reader);
    default:
      reader.body_into(std::as_writable_bytes(std::span(&trailer_, 1)));
      return true;
  }
}

bool StreamData::expect_lists(FrameReader& reader) {
  if (prefix_.arguments > arguments_.size() || prefix_.extents > extents_.size()) return false;
  const std::size_t size =
      prefix_.arguments * sizeof(arguments_[0]) + prefix_.extents * sizeof(extents_[0]);
  if (size + sizeof(trailer_) > reader.body_left()) return false;
  if (size == 0) return next(reader);
  reader.body_into(std::span(lists_).first(size));
  return true;
}

// Without memory for it the data is dropped, and the kernel asks for it as if none had come.
bool StreamData::expect_data(FrameReader& reader) {
  const std::size_t arguments = prefix_.arguments * sizeof(arguments_[0]);
  std::memcpy(arguments_.data(), lists_.data(), arguments);
  std::memcpy(extents_.data(), lists_.data() + arguments, prefix_.extents * sizeof(extents_[0]));
  const std::uint64_t size = reader.body_left() - sizeof(trailer_);
  std::uint64_t said = 0;
  for (std::size_t i = 0; i < prefix_.extents; ++i) said += extents_[i].length;
  if (size != said || size > most_) return false;
  if (size == 0) return next(reader);
  has_input_ = input_.resize(size, 0);
  if (has_input_) {
    reader.body_into(input_.bytes());
  } else {
    reader.skip(size);
  }
  return true;
}

CallData& StreamData::begin_call(std::uint32_t number) {
  const bool good = has_input_ && trailer_.whole == 1;
  data_.begin(std::span(extents_).first(good ? prefix_.extents : 0), input_.bytes().data(),
              defers_output(number) ? this : nullptr);
  return data_;
}

std::span<std::byte> StreamData::grow(std::size_t used, std::size_t size) {
  constexpr std::size_t kLeast = 1024;
  if (size > most_ - used) return {};
  if (used + size > output_.bytes().size()) {
    const std::size_t wanted = std::max({used + size, 2 * used, kLeast});
    if (!output_.resize(std::min(wanted, std::max(most_, kLeast)), used)) return {};
  }
  return output_.bytes().subspan(used, size);
}

std::vector<std::byte> StreamData::answer_head(sysproxy::SyscallResponse response) const {
  const auto extents = std::as_bytes(data_.output());
  response.extents = static_cast<std::uint32_t>(data_.output().size());
  std::vector<std::byte> head(sizeof(response) + extents.size());
  std::memcpy(head.data(), &response, sizeof(response));
  if (!extents.empty()) std::memcpy(head.data() + sizeof(response), extents.data(), extents.size());
  return head;
}

}  // namespace farcall::server
