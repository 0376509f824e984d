// Memory that a client shares with the server for its buffers (farcall/arena.h), and what the
// kernel has borrowed of it.
//
// Nothing that the client can write is used: where loans begin and how much there is are the
// server's own, and the counters there are written without being looked at. Seals keep the memory
// from shrinking, so that it can be read whatever the client does; that its bytes change meanwhile
// is the reader's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "farcall/arena.h"
#include "server/budget.h"
#include "server/descriptor.h"

namespace farcall::server {

/// Safe from any thread; nothing here sleeps. It stays mapped, and counts against the budget, until
/// the session and the last loan have let go of it.
class Arena {
 public:
  /// Maps what a client offers. nullptr when it is no sealed memory of that size, or its place
  /// makes no sense. The size has been taken from `budget`, which gets it back at the end, or at
  /// once.
  static std::shared_ptr<Arena> adopt(const Descriptor& memfd, const arena::Offer& offer,
                                      std::shared_ptr<Budget> budget);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Where the server has the `size` bytes that the client has at `address`; nullptr unless all of
  /// them are in buffers.
  [[nodiscard]] std::byte* find(std::uint64_t address, std::size_t size) const;
  void count_copied(std::size_t size);

  /// The memory at `where`, which find gave, is lent, and is given back; the client sees both.
  void begin_loan(const std::byte* where, std::size_t size);
  void end_loan(const std::byte* where);

 private:
  Arena(std::byte* base, const arena::Offer& offer, std::shared_ptr<Budget> budget);
  [[nodiscard]] arena::Header& header() const;
  [[nodiscard]] arena::Loans& loans_at(const std::byte* where) const;

  std::byte* const base_;
  const std::uint64_t address_;
  const std::size_t size_;
  const std::shared_ptr<Budget> budget_;
};

}  // namespace farcall::server

/// Memory of an arena that the kernel has.
struct rumpuser_loan {
  std::shared_ptr<farcall::server::Arena> arena;
  const std::byte* kept;  ///< what the client is to be told of, or nullptr
};
