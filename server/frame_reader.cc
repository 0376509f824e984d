#include "server/frame_reader.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace farcall::server {

static_assert(std::endian::native == std::endian::little, "the wire is little endian");

FrameReader::Step FrameReader::next(int fd, bool wait) {
  for (;;) {
    if (const auto step = consume()) return *step;
    if (const Step step = receive(fd, wait); step != Step::frame) return step;
  }
}

void FrameReader::body_into(std::span<std::byte> memory) {
  state_ = State::body;
  body_ = memory.data();
  missing_ = memory.size();
  body_left_ -= memory.size();
}

void FrameReader::skip(std::uint64_t size) {
  state_ = State::skip;
  missing_ = size;
  body_left_ -= size;
}

// Uses what was read ahead. None: that did not complete anything.
std::optional<FrameReader::Step> FrameReader::consume() {
  if (state_ == State::header) {
    auto* to = reinterpret_cast<std::byte*>(&header_) + (sizeof(header_) - missing_);
    missing_ -= take_ahead(to, missing_);
    if (missing_ != 0) return std::nullopt;
    state_ = State::decide;
    body_left_ = body_length();
    return Step::header;
  }
  const std::size_t taken = take_ahead(state_ == State::body ? body_ : nullptr, missing_);
  if (state_ == State::body) body_ += taken;
  missing_ -= taken;
  if (missing_ != 0) return std::nullopt;
  if (body_left_ != 0) {
    state_ = State::decide;
    return Step::part;
  }
  state_ = State::header;
  missing_ = sizeof(header_);
  return Step::frame;
}

std::size_t FrameReader::take_ahead(std::byte* to, std::uint64_t most) {
  const std::size_t size = std::min<std::uint64_t>(most, ahead_end_ - ahead_begin_);
  if (to != nullptr && size != 0) std::memcpy(to, ahead_.data() + ahead_begin_, size);
  ahead_begin_ += size;
  return size;
}

// Reads once, straight into a large body and on, else ahead. Step::frame stands for "something
// came".
FrameReader::Step FrameReader::receive(int fd, bool wait) {
  const bool direct = state_ == State::body && missing_ >= ahead_.size();
  // Room for two: the host closes what is more.
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control;
  iovec parts[] = {{body_, missing_}, {ahead_.data(), ahead_.size()}};
  msghdr message{};
  message.msg_iov = direct ? parts : parts + 1;
  message.msg_iovlen = direct ? 2 : 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got;
  do {
    got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  } while (got == -1 && errno == EINTR);
  if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Step::again;
  if (got <= 0) return Step::closed;
  if (message.msg_controllen != 0) keep_descriptors(message);
  const auto came = static_cast<std::uint64_t>(got);
  const std::size_t of_body = direct ? std::min(came, missing_) : 0;
  body_ += of_body;
  missing_ -= of_body;
  ahead_begin_ = 0;
  ahead_end_ = came - of_body;
  return Step::frame;
}

Descriptor FrameReader::take_descriptor() {
  Descriptor taken = std::move(descriptors_[0]);
  descriptors_[0] = std::move(descriptors_[1]);
  return taken;
}

void FrameReader::keep_descriptors(const msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return;
  const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd;
    std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
    Descriptor came(fd);
    for (Descriptor& place : descriptors_) {
      if (came && !place) std::swap(came, place);
    }
  }
}

}  // namespace farcall::server
