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
  copyout_left_ = 0;
}

long Input::receive_some(int fd, int flags) {
  if (copyout_left_ == 0) {
    return host::recv(fd, buffer_.data() + end_, buffer_.size() - end_, flags);
  }
  if (copyout_drop_) {
    const std::size_t most = std::min<std::uint64_t>(copyout_left_, buffer_.size());
    return host::recv(fd, buffer_.data(), most, flags);
  }
  iovec pieces[2] = {{reinterpret_cast<void*>(copyout_address_), copyout_left_},
                     {buffer_.data(), buffer_.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  return host::recvmsg(fd, &message, flags);
}

void Input::account(std::size_t received) {
  const std::size_t copied = std::min<std::uint64_t>(received, copyout_left_);
  copyout_address_ += copied;
  copyout_left_ -= copied;
  end_ += received - copied;
}

Input::Status Input::receive(int fd, int flags, FrameSink& sink) {
  const long received = receive_some(fd, flags);
  if (received == -EINTR) return Status::more;
  if (received == -EAGAIN) return Status::would_block;
  if (received == -EFAULT && copyout_left_ != 0 && !copyout_drop_) {
    copyout_drop_ = true;
    sink.on_copyout_fault(copyout_request_);
    return Status::more;
  }
  if (received <= 0) return Status::ended;
  account(static_cast<std::size_t>(received));
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

  const std::size_t here = std::min<std::uint64_t>(copy.length, available());
  copyout_drop_ = !memory_.write(copy.address, buffer_.data() + begin_, here);
  if (copyout_drop_) sink.on_copyout_fault(header.request);
  begin_ += here;
  copyout_address_ = copy.address + here;
  copyout_left_ = copy.length - here;
  copyout_request_ = header.request;
  return Step::again;
}

}  // namespace farcall::client
