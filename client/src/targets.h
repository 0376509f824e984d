// Where data that arrives goes in the program's memory: pieces, filled one after the other.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "farcall/call_data.h"

namespace farcall::client {

class Targets {
 public:
  void clear() { first_ = count_ = left_ = 0; }
  void add(std::uint64_t address, std::uint64_t size) {
    pieces_[count_++] = {reinterpret_cast<void*>(address), size};
    left_ += size;
  }
  /// Bytes that have not come yet.
  [[nodiscard]] std::uint64_t left() const { return left_; }
  [[nodiscard]] std::span<const iovec> pieces() const {
    return std::span(pieces_).subspan(first_, count_ - first_);
  }
  /// That many bytes have come; at most left().
  void advance(std::uint64_t size) {
    left_ -= size;
    while (size != 0) {
      iovec& piece = pieces_[first_];
      const std::size_t part = std::min<std::uint64_t>(size, piece.iov_len);
      piece = {static_cast<std::byte*>(piece.iov_base) + part, piece.iov_len - part};
      size -= part;
      if (piece.iov_len == 0) ++first_;
    }
  }

 private:
  std::array<iovec, kMaxExtents> pieces_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace farcall::client
