// Memory of the calling process, as a system call sees it, and uio(9): the iovecs that a read or a
// write moves through.
//
// Addresses belong to the client's address space and are reached through rumpuser_sp_copyin and
// _copyout, or directly for processes that live in the kernel's own (client == nullptr: a program
// that called rump_init itself). Everything here may sleep and gives up the CPU meanwhile. Errors:
// NB_EFAULT for a bad address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "farcall/result.h"

namespace farcall::kernel {

using UserAddress = std::uint64_t;

[[nodiscard]] Result<void> copyin(UserAddress from, void* to, std::size_t size);
[[nodiscard]] Result<void> copyout(const void* from, UserAddress to, std::size_t size);
/// A NUL-terminated string of at most `limit` bytes with its NUL; NB_ENAMETOOLONG when it is
/// longer.
[[nodiscard]] Result<std::string> copyin_string(UserAddress from, std::size_t limit = 1024);

template <class T>
[[nodiscard]] Result<T> copyin_value(UserAddress from) {
  T value;
  FARCALL_TRY(copyin(from, &value, sizeof value));
  return value;
}
template <class T>
[[nodiscard]] Result<void> copyout_value(const T& value, UserAddress to) {
  return copyout(&value, to, sizeof value);
}

/// SSIZE_MAX: no call moves more, and NetBSD refuses one that asks for more.
inline constexpr std::size_t kMaxTransfer = INT64_MAX;

struct UserRange {
  UserAddress address;
  std::size_t size;
};

/// The rest of what a read or write is to move. It advances as it moves.
class Uio {
 public:
  Uio() = default;
  /// Their sizes must not add up to more than kMaxTransfer.
  explicit Uio(std::vector<UserRange> ranges);
  static Uio single(UserAddress address, std::size_t size);
  /// Reads `count` NetBSD iovecs at `address`. NB_EINVAL for more than IOV_MAX (1024) or a total
  /// over kMaxTransfer.
  static Result<Uio> copyin_iovecs(UserAddress address, std::size_t count);

  [[nodiscard]] std::size_t resid() const { return resid_; }
  /// From the kernel to the process; at most resid() bytes.
  [[nodiscard]] Result<void> copy_to_user(std::span<const std::byte> from);
  /// From the process to the kernel; at most resid() bytes.
  [[nodiscard]] Result<void> copy_from_user(std::span<std::byte> to);

 private:
  template <class Move>
  Result<void> advance(std::size_t size, Move move);

  UserRange single_{};  ///< what most calls have, without allocating
  std::vector<UserRange> ranges_;
  std::size_t first_ = 0;
  std::size_t resid_ = 0;
};

}  // namespace farcall::kernel
