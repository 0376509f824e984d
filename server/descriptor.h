// A host descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace farcall::server {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ != -1) ::close(fd_);
  }

  /// -1: none.
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ != -1; }

 private:
  int fd_ = -1;
};

}  // namespace farcall::server
