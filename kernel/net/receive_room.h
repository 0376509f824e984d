// How much of a TCP window is open.
//
// liblwip's window is 65,535 bytes, and opens again as these are read: a writer of more and its
// reader would wait for one another at each of them. Between two sockets of this machine nothing
// needs a window but the reader's memory. So it opens as soon as data has arrived, until kRoom is
// spent, and then only when half of that has been read: who sleeps is woken for much at once.
#pragma once

#include <cstddef>

#include "kernel/core/memory_budget.h"

namespace farcall::kernel {

/// The receiving side of one connection. Its functions say how many bytes lwIP is to be told of
/// (tcp_recved): at most a window.
class ReceiveRoom {
 public:
  static constexpr std::size_t kRoom = std::size_t{1} << 20;

  /// Wide: for a peer on this machine. Otherwise the window opens as data is read.
  void set_wide(bool wide) { wide_ = wide; }
  [[nodiscard]] bool is_wide() const { return wide_; }
  /// `size` bytes of one segment have arrived and wait to be read.
  [[nodiscard]] std::size_t arrived(std::size_t size);
  /// The first `size` of those that wait have been read.
  [[nodiscard]] std::size_t read(std::size_t size);
  /// All of them have been dropped.
  [[nodiscard]] std::size_t clear() { return read(ahead_ + held_); }

 private:
  std::size_t open();

  bool wide_ = false;
  std::size_t ahead_ = 0;     ///< bytes that wait and keep no part of the window
  std::size_t held_ = 0;      ///< those behind, which do
  std::size_t segments_ = 0;  ///< which brought them
  BudgetShare budget_;        ///< for those ahead
};

}  // namespace farcall::kernel
