// Sends whole frames to one client.
//
// Locks: `sending_` is held while a frame is under way, so possibly for as long as the client does
// not read; `deferred_mutex_` only for moments, and after `sending_`.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "farcall/sysproxy.h"

namespace farcall::server {

class FrameSender {
 public:
  /// `fd` is a blocking stream socket and stays open. `before_sleep` is called in a thread that is
  /// about to wait for room in the socket, or for the end of another frame.
  FrameSender(int fd, std::function<void()> before_sleep)
      : fd_(fd), before_sleep_(std::move(before_sleep)) {}

  /// Sends a frame of a header (its length is filled in) and two parts; sleeps while the socket is
  /// full. False: the connection is broken.
  [[nodiscard]] bool send(sysproxy::FrameHeader header, std::span<const std::byte> first = {},
                          std::span<const std::byte> second = {});

  /// Sends whole frames, `pieces` one after the other, which it uses up. As send.
  [[nodiscard]] bool send_frames(std::span<iovec> pieces);

  /// Sends a frame with a short body, never sleeping: what the socket does not take now goes before
  /// the next frame. False: the connection is broken, or too much waits already.
  [[nodiscard]] bool send_soon(sysproxy::FrameHeader header, std::span<const std::byte> body = {});

 private:
  bool send_deferred(bool wait);
  bool send_all(msghdr& message);

  const int fd_;
  const std::function<void()> before_sleep_;
  std::mutex sending_;
  std::mutex deferred_mutex_;
  std::vector<std::byte> deferred_;
};

}  // namespace farcall::server
