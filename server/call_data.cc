#include "server/call_data.h"

#include <algorithm>
#include <cstring>

#include "netbsd/call_data.h"

namespace farcall::server {
namespace {

/// Two pieces of the client's memory have bytes in common. No end is computed: it may be beyond the
/// last address.
bool meet(const DataExtent& extent, std::uint64_t address, std::size_t size) {
  return address >= extent.address ? address - extent.address < extent.length
                                   : extent.address - address < size;
}

}  // namespace

bool defers_output(std::uint32_t number) {
  return number < std::size(kCallData) && kCallData[number].defers_output;
}

void CallData::begin(std::span<const DataExtent> extents, const std::byte* input,
                     OutputSpace* space) {
  static_assert(kMaxExtents <= 32);
  inputs_ = extents.size();
  old_ = 0;
  std::ranges::copy(extents, input_.begin());
  space_ = space;
  output_is_written();
  show(input, 0, SIZE_MAX);
}

void CallData::show(const std::byte* bytes, std::size_t begin, std::size_t end) {
  shown_ = bytes;
  shown_begin_ = begin;
  shown_end_ = end;
}

std::optional<CallData::Place> CallData::find(std::uint64_t address) const {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inputs_; ++i) {
    const DataExtent& extent = input_[i];
    const std::uint64_t offset = address - extent.address;
    if (address >= extent.address && offset < extent.length && (old_ >> i & 1) == 0) {
      return Place{begin + offset, extent.length - offset};
    }
    begin += extent.length;
  }
  return std::nullopt;
}

bool CallData::may_come(std::uint64_t address) const {
  const auto place = find(address);
  return place && place->offset >= shown_end_;
}

std::size_t CallData::read(std::uint64_t address, std::span<std::byte> to) const {
  const auto place = find(address);
  if (!place || place->offset < shown_begin_ || place->offset >= shown_end_) return 0;
  const std::size_t size = std::min({to.size(), place->size, shown_end_ - place->offset});
  std::memcpy(to.data(), shown_ + (place->offset - shown_begin_), size);
  return size;
}

std::size_t CallData::read_string(std::uint64_t address, std::span<std::byte> to) const {
  const auto copied = to.first(read(address, to));
  const auto end = std::ranges::find(copied, std::byte{0});
  return end == copied.end() ? 0 : static_cast<std::size_t>(end - copied.begin()) + 1;
}

const std::byte* CallData::lend_input(std::uint64_t address, std::size_t size) const {
  const auto place = find(address);
  if (!place || size > place->size || place->offset < shown_begin_) return nullptr;
  if (place->offset > shown_end_ || size > shown_end_ - place->offset) return nullptr;
  return shown_ + (place->offset - shown_begin_);
}

bool CallData::write(std::uint64_t address, std::span<const std::byte> from) {
  std::byte* const to = lend_output(address, from.size());
  if (to == nullptr) return false;
  std::memcpy(to, from.data(), from.size());
  return true;
}

std::byte* CallData::lend_output(std::uint64_t address, std::size_t size) {
  forget_input(address, size);
  if (space_ == nullptr || size == 0 || size > UINT32_MAX) return nullptr;
  const bool extends = extends_last(address, size);
  if (!extends && outputs_ == kMaxExtents) return nullptr;
  const auto room = space_->grow(used_, size);
  if (room.empty()) return nullptr;
  bytes_ = room.data() - used_;
  used_ += size;
  if (extends) {
    output_[outputs_ - 1].length += static_cast<std::uint32_t>(size);
  } else {
    output_[outputs_++] = {address, static_cast<std::uint32_t>(size), 0};
  }
  return room.data();
}

bool CallData::extends_last(std::uint64_t address, std::size_t size) const {
  if (outputs_ == 0) return false;
  const DataExtent& last = output_[outputs_ - 1];
  return last.address + last.length == address && size <= UINT32_MAX - last.length;
}

bool CallData::is_kept(std::uint64_t address, std::size_t size) const {
  return std::ranges::any_of(output(),
                             [&](const DataExtent& extent) { return meet(extent, address, size); });
}

// What came is old where the call has written: it is not served any more.
void CallData::forget_input(std::uint64_t address, std::size_t size) {
  for (std::size_t i = 0; i < inputs_; ++i) {
    if (meet(input_[i], address, size)) old_ |= std::uint32_t{1} << i;
  }
}

}  // namespace farcall::server
