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
#include <utility>
#include <vector>

#include "farcall/result.h"
#include "rump/loan.h"

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

/// Memory of the calling process that it shares with the kernel's server (rump/loan.h), where the
/// kernel can reach it without a copy. The process may change it at any time.
class Loan {
 public:
  Loan() = default;
  Loan(Loan&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), loan_(std::exchange(other.loan_, nullptr)) {}
  Loan& operator=(Loan&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(loan_, other.loan_);
    return *this;
  }
  ~Loan() {
    if (loan_ != nullptr) rumpuser_sp_give_back(loan_);
  }

  /// Without memory when that at `address` is not shared. Does not sleep.
  static Loan borrow(UserAddress address, std::size_t size, rumploan how);
  explicit operator bool() const { return data_ != nullptr; }
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
  rumpuser_loan* loan_ = nullptr;
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

  /// Borrows the next `size` bytes, at most resid(), where they are in one piece. skip() then says
  /// that they have moved.
  [[nodiscard]] Loan borrow(std::size_t size, rumploan how);
  void skip(std::size_t size);

 private:
  template <class Move>
  Result<void> advance(std::size_t size, Move move);

  UserRange single_{};  ///< what most calls have, without allocating
  std::vector<UserRange> ranges_;
  std::size_t first_ = 0;
  std::size_t resid_ = 0;
};

}  // namespace farcall::kernel
