#include "input.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host.h"

namespace farcall::client {

using sysproxy::CopyRequest;
using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

void Input::reset() {
  begin_ = end_ = 0;
  targets_.clear();
  is_output_ = false;
}

long Input::receive_some(int fd, int flags) {
  if (targets_.left() == 0) {
    return host::recv(fd, buffer_.data() + end_, buffer_.size() - end_, flags);
  }
  if (drop_) {
    const std::size_t most = std::min<std::uint64_t>(targets_.left(), buffer_.size());
    return host::recv(fd, buffer_.data(), most, flags);
  }
  std::array<iovec, kMaxExtents + 1> pieces;
  const auto targets = targets_.pieces();
  *std::ranges::copy(targets, pieces.begin()).out = {buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = targets.size() + 1;
  return host::recvmsg(fd, &message, flags);
}

bool Input::account(std::size_t received, FrameSink& sink) {
  const std::size_t copied = std::min<std::uint64_t>(received, targets_.left());
  targets_.advance(copied);
  end_ += received - copied;
  return finish_output(sink);
}

/// An answer is whole when its output has come.
bool Input::finish_output(FrameSink& sink) {
  if (!is_output_ || targets_.left() != 0) return true;
  is_output_ = false;
  return sink.on_frame(answer_, std::as_bytes(std::span(&response_, 1)));
}

Input::Status Input::receive(int fd, int flags, FrameSink& sink) {
  const long received = receive_some(fd, flags);
  if (received == -EINTR) return Status::more;
  if (received == -EAGAIN) return Status::would_block;
  if (received == -EFAULT && targets_.left() != 0 && !drop_) {
    drop_ = true;
    sink.on_copyout_fault(targets_request_);
    return Status::more;
  }
  if (received <= 0) return Status::ended;
  if (!account(static_cast<std::size_t>(received), sink)) return Status::ended;
  return parse(sink) ? Status::more : Status::ended;
}

bool Input::parse(FrameSink& sink) {
  Step step = Step::again;
  while (step == Step::again) step = parse_one(sink);
  std::memmove(buffer_.data(), buffer_.data() + begin_, available());
  end_ = available();
  begin_ = 0;
  return step != Step::bad;
}

Input::Step Input::parse_one(FrameSink& sink) {
  FrameHeader header;
  if (available() < sizeof header) return Step::incomplete;
  std::memcpy(&header, buffer_.data() + begin_, sizeof header);
  if (header.length < sizeof header) return Step::bad;
  const bool request = header.frame_class == FrameClass::request;
  if (request && (header.type == FrameType::copyout || header.type == FrameType::copyoutstr)) {
    return begin_copyout(header, sink);
  }
  if (header.frame_class == FrameClass::response && header.type == FrameType::call) {
    return begin_output(header, sink);
  }
  if (header.length > buffer_.size()) return Step::bad;
  if (available() < header.length) return Step::incomplete;
  const std::span body(buffer_.data() + begin_ + sizeof header, header.length - sizeof header);
  begin_ += header.length;
  return sink.on_frame(header, body) ? Step::again : Step::bad;
}

Input::Step Input::begin_copyout(const FrameHeader& header, FrameSink& sink) {
  constexpr std::size_t kPrefix = sizeof(FrameHeader) + sizeof(CopyRequest);
  if (header.length < kPrefix) return Step::bad;
  if (available() < kPrefix) return Step::incomplete;
  CopyRequest copy;
  std::memcpy(&copy, buffer_.data() + begin_ + sizeof header, sizeof copy);
  if (copy.length != header.length - kPrefix) return Step::bad;
  begin_ += kPrefix;

  targets_.clear();
  if (copy.length != 0) targets_.add(copy.address, copy.length);
  targets_request_ = header.request;
  drop_ = false;
  return scatter_what_is_here(sink) ? Step::again : Step::bad;
}

Input::Step Input::begin_output(const FrameHeader& header, FrameSink& sink) {
  std::size_t size = sizeof header + sizeof response_;
  if (header.length < size) return Step::bad;
  if (available() < size) return Step::incomplete;
  std::memcpy(&response_, buffer_.data() + begin_ + sizeof header, sizeof response_);
  std::array<DataExtent, kMaxExtents> extents;
  if (response_.extents > extents.size()) return Step::bad;
  const std::size_t list = response_.extents * sizeof extents[0];
  if (header.length < size + list) return Step::bad;
  if (available() < size + list) return Step::incomplete;
  std::memcpy(extents.data(), buffer_.data() + begin_ + size, list);
  begin_ += size + list;

  targets_.clear();
  for (std::size_t i = 0; i < response_.extents; ++i) {
    if (extents[i].length != 0) targets_.add(extents[i].address, extents[i].length);
  }
  if (targets_.left() != header.length - size - list) return Step::bad;
  targets_request_ = header.request;
  drop_ = !sink.wants_output(header.request);
  is_output_ = true;
  answer_ = header;
  return scatter_what_is_here(sink) ? Step::again : Step::bad;
}

/// What has been received of the data goes where it belongs; the rest is received there.
bool Input::scatter_what_is_here(FrameSink& sink) {
  while (targets_.left() != 0 && available() != 0) {
    const iovec target = targets_.pieces()[0];
    const std::size_t here = std::min(target.iov_len, available());
    const auto address = reinterpret_cast<std::uint64_t>(target.iov_base);
    if (!drop_ && !memory_.write(address, buffer_.data() + begin_, here)) {
      drop_ = true;
      sink.on_copyout_fault(targets_request_);
    }
    begin_ += here;
    targets_.advance(here);
  }
  return finish_output(sink);
}

}  // namespace farcall::client
