// Puts a byte stream together to frames, and keeps what is half there between calls, so that
// another thread can go on.
//
// No memory is taken on the peer's word: once a header is complete the caller says where the body
// goes, or that it is not wanted. One thread at a time may use a reader; who that is, the session
// knows.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "farcall/sysproxy.h"
#include "server/descriptor.h"

namespace farcall::server {

class FrameReader {
 public:
  enum class Step {
    header,  ///< a header is there: check it, then call body_into or skip_body
    frame,   ///< the body is there as well
    again,   ///< nothing more to read without sleeping
    closed,  ///< the peer is gone
  };

  /// Reads from socket `fd` until there is something to say; sleeps for it only when `wait`.
  Step next(int fd, bool wait);

  [[nodiscard]] const sysproxy::FrameHeader& header() const { return header_; }
  [[nodiscard]] std::uint64_t body_length() const { return header_.length - sizeof(header_); }

  /// After Step::header, whose length must not be less than a header's: the body goes to `memory`,
  /// which has body_length() bytes and stays until Step::frame.
  void body_into(std::span<std::byte> memory);
  void skip_body();

  /// The oldest descriptor that came and was not taken; none when there is none. Descriptors come
  /// with the first byte of a frame or before it, and no more than two are kept.
  [[nodiscard]] Descriptor take_descriptor();

  /// True when bytes were read ahead: the socket will not become readable for them.
  [[nodiscard]] bool has_more() const { return ahead_begin_ != ahead_end_; }

 private:
  enum class State { header, decide, body, skip };

  bool consume();
  std::size_t take_ahead(std::byte* to, std::uint64_t most);
  Step receive(int fd, bool wait);
  void keep_descriptors(const msghdr& message);

  State state_ = State::header;
  sysproxy::FrameHeader header_{};
  std::byte* body_ = nullptr;
  std::uint64_t missing_ = sizeof(sysproxy::FrameHeader);
  std::array<std::byte, 512> ahead_;
  std::size_t ahead_begin_ = 0;
  std::size_t ahead_end_ = 0;
  std::array<Descriptor, 2> descriptors_;
};

}  // namespace farcall::server
