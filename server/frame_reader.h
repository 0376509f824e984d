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
#include <optional>
#include <span>

#include "farcall/sysproxy.h"
#include "server/descriptor.h"

namespace farcall::server {

class FrameReader {
 public:
  enum class Step {
    header,  ///< a header is there: check it, then call body_into or skip_body
    part,    ///< a part of the body is there: say what is to be done with the rest
    frame,   ///< all of the body is there
    again,   ///< nothing more to read without sleeping
    closed,  ///< the peer is gone
  };

  /// Reads from socket `fd` until there is something to say; sleeps for it only when `wait`.
  Step next(int fd, bool wait);

  [[nodiscard]] const sysproxy::FrameHeader& header() const { return header_; }
  [[nodiscard]] std::uint64_t body_length() const { return header_.length - sizeof(header_); }

  /// What is left of the body after Step::header or Step::part.
  [[nodiscard]] std::uint64_t body_left() const { return body_left_; }
  /// After Step::header, whose length must not be less than a header's, or Step::part: the next
  /// bytes of the body, at most body_left(), go to `memory`, which stays until the next step.
  void body_into(std::span<std::byte> memory);
  void skip(std::uint64_t size);
  void skip_body() { skip(body_left_); }

  /// The oldest descriptor that came and was not taken; none when there is none. Descriptors come
  /// with the first byte of a frame or before it, and no more than two are kept.
  [[nodiscard]] Descriptor take_descriptor();

  /// True when bytes were read ahead: the socket will not become readable for them.
  [[nodiscard]] bool has_more() const { return ahead_begin_ != ahead_end_; }

 private:
  enum class State { header, decide, body, skip };

  std::optional<Step> consume();
  std::size_t take_ahead(std::byte* to, std::uint64_t most);
  Step receive(int fd, bool wait);
  void keep_descriptors(const msghdr& message);

  State state_ = State::header;
  sysproxy::FrameHeader header_{};
  std::byte* body_ = nullptr;
  std::uint64_t missing_ = sizeof(sysproxy::FrameHeader);
  std::uint64_t body_left_ = 0;  ///< of which nothing has been said
  std::array<std::byte, 512> ahead_;
  std::size_t ahead_begin_ = 0;
  std::size_t ahead_end_ = 0;
  std::array<Descriptor, 2> descriptors_;
};

}  // namespace farcall::server
