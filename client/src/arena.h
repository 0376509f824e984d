// The memory of this process's buffers (farcall/buffers.h): shared with the server where that can
// be (farcall/arena.h), private otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "buffer_table.h"
#include "farcall/arena.h"
#include "lock.h"

namespace farcall::client {

class Arena {
 public:
  constexpr Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Guards all that follows but covers and wait. Held with signals blocked; a request to the
  /// server is made under it.
  Mutex mutex;

  /// Makes the memory, and offers it to the server, unless it is there; for another connection it
  /// is made anew, when no buffer is used any more. 0, or an errno.
  int open();
  [[nodiscard]] bool is_open() const { return base_ != nullptr; }
  [[nodiscard]] BufferTable& table() { return table_; }
  [[nodiscard]] std::byte* data_of(const farcall_buf& buffer) const;
  /// Bytes that buffers can have.
  [[nodiscard]] std::size_t size() const { return size_ - begin_; }

  /// The server has it, as far as is known, and its kernel borrows from it.
  [[nodiscard]] bool is_shared() const;
  [[nodiscard]] bool lends() const { return is_shared() && lends_; }
  [[nodiscard]] std::uint64_t bytes_lent() const;
  [[nodiscard]] std::uint64_t bytes_copied() const;
  /// In a child after fork, which has not got the memory.
  void forget();

  /// True when the server reaches all of that memory without being sent it. Any thread, any time.
  [[nodiscard]] bool covers(std::uint64_t address, std::uint64_t size) const;
  /// Sleeps until nothing of `buffer`, which stays, is lent. 0 or an errno: ETIMEDOUT at
  /// `deadline` (of host::monotonic_ns), EINTR, ENOTCONN.
  int wait(const farcall_buf& buffer, std::int64_t deadline);

 private:
  void close();
  void hold(long address, std::size_t size, std::size_t begin);
  void let_go();
  long make_shared(std::size_t size);
  long make_private();
  bool offer(int memory);
  bool make_entries();
  void open_table();
  [[nodiscard]] arena::Header& header() const { return *reinterpret_cast<arena::Header*>(base_); }
  /// At most `time` ns.
  long sleep(const farcall_buf& buffer, std::int64_t time);

  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  std::size_t begin_ = 0;  ///< of the buffers
  bool shared_ = false;
  bool lends_ = false;
  std::uint32_t generation_ = 0;  ///< of the connection that it was made for
  farcall_buf* entries_ = nullptr;
  BufferTable table_;
  /// Of the buffers that the server reaches; equal: none.
  std::atomic<std::uint64_t> shared_begin_{0};
  std::atomic<std::uint64_t> shared_end_{0};
};

/// The one of this process.
Arena& arena_of_process();

}  // namespace farcall::client
