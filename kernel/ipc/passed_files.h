// Open files on their way from one process to another, in a message of a local socket (SCM_RIGHTS).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernel/core/file.h"
#include "kernel/core/socket.h"

namespace farcall::kernel {

/// Keeps its files open until they are delivered; what is not is closed, for which the caller may
/// sleep.
class PassedFiles {
 public:
  PassedFiles() = default;
  PassedFiles(PassedFiles&&) = default;
  PassedFiles& operator=(PassedFiles&& other) noexcept;
  ~PassedFiles() { close_all(); }

  /// The files of the current process that `control`, whole NetBSD control messages, names.
  /// NB_EBADF; NB_EINVAL for what is no control message; NB_EOPNOTSUPP for other messages, and for
  /// local sockets, which could keep each other open for ever.
  static Result<PassedFiles> take(std::span<const std::byte> control);

  /// Gives the current process a descriptor of each, and a control message that tells them. What it
  /// has no room or no descriptors for is closed, and NB_MSG_CTRUNC says so.
  void deliver(ReceiveRequest& request);

  /// What they count for among what the kernel buffers.
  [[nodiscard]] std::size_t cost() const { return files_.size() * kCost; }

 private:
  static constexpr std::size_t kCost = 4096;

  Result<void> take_one(std::span<const std::byte> descriptors);
  void close_all();

  std::vector<Ref<File>> files_;
};

}  // namespace farcall::kernel
