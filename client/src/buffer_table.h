// Which pages of an arena are whose buffer. No locks, no memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "farcall/arena.h"

/// One for each page of an arena that buffers may have: what begins at that page. Its address is
/// the buffer's name for the program.
struct farcall_buf {
  enum State : std::uint8_t { idle, used, leaving };
  std::uint32_t pages;  ///< 0: nothing begins here
  std::uint16_t users;  ///< calls under way that send from it
  State state;          ///< leaving: freed, but perhaps lent or in use
  std::size_t size;     ///< bytes, of a used one
};

namespace farcall::client {

class BufferTable {
 public:
  /// `entries` are zeros, `count` of them; `loans` the arena's words for the same pages, which
  /// others change, or nullptr: nothing is ever lent.
  void open(farcall_buf* entries, std::size_t count, const arena::Loans* loans);

  /// The first place that is large enough, or nullptr.
  farcall_buf* allocate(std::size_t size);
  /// Gives back what a used buffer has beyond `size` bytes, more than 0.
  void trim(farcall_buf& buffer, std::size_t size);
  /// Of a used buffer. It is free as soon as it is not lent, and has no users.
  void release(farcall_buf& buffer) { buffer.state = farcall_buf::leaving; }

  /// `name` as one of the used buffers; nullptr: it is none.
  [[nodiscard]] farcall_buf* find(const farcall_buf* name) const;
  [[nodiscard]] std::size_t page_of(const farcall_buf& buffer) const {
    return static_cast<std::size_t>(&buffer - entries_);
  }
  [[nodiscard]] bool is_lent(const farcall_buf& buffer) const;

  [[nodiscard]] std::size_t size_of_entries() const { return count_ * sizeof *entries_; }
  /// In pages: not free; the first ones of loans.
  [[nodiscard]] std::size_t used();
  [[nodiscard]] std::size_t lent() const;

 private:
  void settle(farcall_buf& run);
  void join_free(std::size_t page);
  void split(farcall_buf& run, std::size_t pages);

  farcall_buf* entries_ = nullptr;
  std::size_t count_ = 0;
  const arena::Loans* loans_ = nullptr;
};

}  // namespace farcall::client
