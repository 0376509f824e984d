#include "server/frame_reader.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace farcall::server {

static_assert(std::endian::native == std::endian::little, "the wire is little endian");

FrameReader::Step FrameReader::next(int fd, bool wait) {
  for (;;) {
    if (consume()) return state_ == State::decide ? Step::header : Step::frame;
    if (const Step step = receive(fd, wait); step != Step::frame) return step;
  }
}

void FrameReader::body_into(std::span<std::byte> memory) {
  state_ = State::body;
  body_ = memory.data();
  missing_ = memory.size();
}

void FrameReader::skip_body() {
  state_ = State::skip;
  missing_ = body_length();
}

// Uses what was read ahead. True: a header or a frame is complete.
bool FrameReader::consume() {
  if (state_ == State::header) {
    auto* to = reinterpret_cast<std::byte*>(&header_) + (sizeof(header_) - missing_);
    missing_ -= take_ahead(to, missing_);
    if (missing_ != 0) return false;
    state_ = State::decide;
    return true;
  }
  const std::size_t taken = take_ahead(state_ == State::body ? body_ : nullptr, missing_);
  if (state_ == State::body) body_ += taken;
  missing_ -= taken;
  if (missing_ != 0) return false;
  state_ = State::header;
  missing_ = sizeof(header_);
  return true;
}

std::size_t FrameReader::take_ahead(std::byte* to, std::uint64_t most) {
  const std::size_t size = std::min<std::uint64_t>(most, ahead_end_ - ahead_begin_);
  if (to != nullptr && size != 0) std::memcpy(to, ahead_.data() + ahead_begin_, size);
  ahead_begin_ += size;
  return size;
}

// Reads once, straight into a large body, else ahead. Step::frame stands for "something came".
FrameReader::Step FrameReader::receive(int fd, bool wait) {
  const bool direct = state_ == State::body && missing_ >= ahead_.size();
  std::byte* to = direct ? body_ : ahead_.data();
  const std::size_t most = direct ? missing_ : ahead_.size();
  ssize_t got;
  do {
    got = recv(fd, to, most, wait ? 0 : MSG_DONTWAIT);
  } while (got == -1 && errno == EINTR);
  if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Step::again;
  if (got <= 0) return Step::closed;
  if (direct) {
    body_ += got;
    missing_ -= static_cast<std::size_t>(got);
  } else {
    ahead_begin_ = 0;
    ahead_end_ = static_cast<std::size_t>(got);
  }
  return Step::frame;
}

}  // namespace farcall::server
