#include "stream.h"

#include <algorithm>
#include <cerrno>

#include "link.h"

namespace farcall::client {

Deadline::Deadline() : end_(host::monotonic_ns() + kPatience) {}

long Deadline::wait(int fd, short events) const {
  for (;;) {
    const std::int64_t left = std::max<std::int64_t>(end_ - host::monotonic_ns(), 0);
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    pollfd entry{fd, events, 0};
    const long ready = host::ppoll(&entry, 1, &timeout, nullptr);
    if (ready > 0) return 0;
    if (ready == 0) return -ETIMEDOUT;
    if (ready != -EINTR) return ready;
  }
}

long read_some(int fd, void* into, std::size_t size, const Deadline& deadline) {
  for (;;) {
    if (const long error = deadline.wait(fd, POLLIN); error != 0) return error;
    const long received = host::recv(fd, into, size, MSG_DONTWAIT);
    if (received != -EAGAIN && received != -EINTR) return received;
  }
}

long read_all(int fd, void* into, std::size_t size, const Deadline& deadline) {
  char nowhere[512];
  while (size != 0) {
    void* target = into != nullptr ? into : nowhere;
    const std::size_t most = into != nullptr ? size : std::min(size, sizeof nowhere);
    const long received = read_some(fd, target, most, deadline);
    if (received == 0) return -ECONNRESET;
    if (received < 0) return received;
    if (into != nullptr) into = static_cast<char*>(into) + received;
    size -= static_cast<std::size_t>(received);
  }
  return 0;
}

}  // namespace farcall::client
