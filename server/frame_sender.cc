#include "server/frame_sender.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace farcall::server {
namespace {

constexpr std::size_t kMaxDeferred = 128 * sizeof(sysproxy::FrameHeader);

ssize_t send_once(int fd, const msghdr& message, int flags) {
  ssize_t sent;
  do {
    sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
  } while (sent == -1 && errno == EINTR);
  return sent;
}

bool is_full(ssize_t sent) { return sent == -1 && (errno == EAGAIN || errno == EWOULDBLOCK); }

/// Takes the first `size` bytes off a message.
void advance(msghdr& message, std::size_t size) {
  while (message.msg_iovlen != 0 && size >= message.msg_iov->iov_len) {
    size -= message.msg_iov->iov_len;
    ++message.msg_iov;
    --message.msg_iovlen;
  }
  if (message.msg_iovlen == 0) return;
  message.msg_iov->iov_base = static_cast<std::byte*>(message.msg_iov->iov_base) + size;
  message.msg_iov->iov_len -= size;
}

iovec part(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

bool FrameSender::send(sysproxy::FrameHeader header, std::span<const std::byte> first,
                       std::span<const std::byte> second) {
  header.length = sizeof(header) + first.size() + second.size();
  iovec parts[] = {part(std::as_bytes(std::span(&header, 1))), part(first), part(second)};
  return send_frames(parts);
}

bool FrameSender::send_frames(std::span<iovec> pieces) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  {
    std::unique_lock lock(sending_, std::try_to_lock);
    if (!lock) {
      before_sleep_();
      lock.lock();
    }
    if (!send_deferred(true) || !send_all(message)) return false;
  }
  // What came meanwhile found `sending_` taken.
  const std::unique_lock lock(sending_, std::try_to_lock);
  return !lock.owns_lock() || send_deferred(false);
}

bool FrameSender::send_soon(sysproxy::FrameHeader header, std::span<const std::byte> body) {
  header.length = sizeof(header) + body.size();
  {
    const std::lock_guard lock(deferred_mutex_);
    if (deferred_.size() + header.length > kMaxDeferred) return false;
    const auto bytes = std::as_bytes(std::span(&header, 1));
    deferred_.insert(deferred_.end(), bytes.begin(), bytes.end());
    deferred_.insert(deferred_.end(), body.begin(), body.end());
  }
  const std::unique_lock lock(sending_, std::try_to_lock);
  return !lock.owns_lock() || send_deferred(false);
}

// Needs `sending_`. Without `wait` it may leave something, which stays first in line.
bool FrameSender::send_deferred(bool wait) {
  std::vector<std::byte> bytes;
  {
    const std::lock_guard lock(deferred_mutex_);
    bytes.swap(deferred_);
  }
  if (bytes.empty()) return true;
  iovec all = part(bytes);
  msghdr message{};
  message.msg_iov = &all;
  message.msg_iovlen = 1;
  if (wait) return send_all(message);

  const ssize_t sent = send_once(fd_, message, MSG_DONTWAIT);
  if (sent == -1 && !is_full(sent)) return false;
  const std::lock_guard lock(deferred_mutex_);
  deferred_.insert(deferred_.begin(), bytes.begin() + std::max<ssize_t>(sent, 0), bytes.end());
  return true;
}

bool FrameSender::send_all(msghdr& message) {
  int flags = MSG_DONTWAIT;
  while (message.msg_iovlen != 0) {
    const ssize_t sent = send_once(fd_, message, flags);
    if (is_full(sent)) {
      before_sleep_();
      flags = 0;
      continue;
    }
    if (sent == -1) return false;
    advance(message, static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace farcall::server
