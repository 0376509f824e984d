#include "output.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "host.h"

namespace farcall::client {
namespace {

constexpr std::array<std::byte, 4096> kZeros{};

/// Of a frame `call`, before its data.
constexpr std::size_t kMaxCallHead = sizeof(sysproxy::FrameHeader) + sizeof(sysproxy::CallPrefix) +
                                     sizeof(std::uint64_t[8]) + sizeof(DataExtent[kMaxExtents]);

long pad_with_zeros(int fd, std::size_t size) {
  while (size != 0) {
    iovec piece{const_cast<std::byte*>(kZeros.data()), std::min(size, kZeros.size())};
    const std::size_t wanted = piece.iov_len;
    std::size_t sent = 0;
    if (const long error = send_all(fd, &piece, 1, &sent); error != 0) return error;
    size -= wanted;
  }
  return 0;
}

long send_some(int fd, iovec* pieces, std::size_t count, Passed passed) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof passed)] = {};
  if (count == 1 && passed.first < 0)
    return host::send(fd, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = count;
  if (passed.first >= 0) {
    const std::size_t size = passed.second < 0 ? sizeof passed.first : sizeof passed;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), &passed, size);
  }
  return host::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

long send_all(int fd, iovec* pieces, std::size_t count, std::size_t* sent, Passed passed) {
  *sent = 0;
  while (count != 0) {
    const long result = send_some(fd, pieces, count, passed);
    if (result == -EINTR) continue;
    if (result < 0) return result;
    passed = {};
    auto gone = static_cast<std::size_t>(result);
    *sent += gone;
    while (count != 0 && gone >= pieces->iov_len) {
      gone -= pieces->iov_len;
      ++pieces;
      --count;
    }
    if (count != 0) {
      pieces->iov_base = static_cast<std::byte*>(pieces->iov_base) + gone;
      pieces->iov_len -= gone;
    }
  }
  return 0;
}

namespace {

constexpr std::size_t kMostMarks = kMostDataOut / sysproxy::kDataSegment;
constexpr std::size_t kMostPieces = 1 + kMaxExtents + 2 * kMostMarks;

/// Data as pieces of memory, and after each segment of it `mark`. The value is how many.
std::size_t to_segments(std::span<const DataExtent> extents, sysproxy::DataMark& mark,
                        iovec* into) {
  iovec* const begin = into;
  std::size_t left = sysproxy::kDataSegment;
  for (const DataExtent& extent : extents) {
    for (std::size_t done = 0; done < extent.length;) {
      const std::size_t part = std::min<std::size_t>(extent.length - done, left);
      *into++ = {reinterpret_cast<void*>(extent.address + done), part};
      done += part;
      left -= part;
      if (left != 0) continue;
      *into++ = {&mark, sizeof mark};
      left = sysproxy::kDataSegment;
    }
  }
  if (left != sysproxy::kDataSegment) *into++ = {&mark, sizeof mark};
  return static_cast<std::size_t>(into - begin);
}

/// Sends a frame `call` of `size` bytes that has data; `head` is what comes before that.
long send_with_data(int fd, std::span<std::byte> head, const CallInput& input, std::size_t size) {
  sysproxy::DataMark mark{1, 0};
  iovec pieces[kMostPieces];
  pieces[0] = {head.data(), head.size()};
  const std::size_t count = to_segments(input.extents(), mark, pieces + 1);
  std::size_t sent = 0;
  const long error = send_all(fd, pieces, count + 1, &sent);
  if (error != -EFAULT) return error;
  const auto head_left = head.subspan(std::min(sent, head.size()));
  pieces[0] = {head_left.data(), head_left.size()};
  std::size_t more = 0;
  if (const long broken = send_all(fd, pieces, head_left.empty() ? 0 : 1, &more)) return broken;
  // A mark of zeros says that what is before it does not count.
  return pad_with_zeros(fd, size - sent - more);
}

}  // namespace

long Output::send(int fd, sysproxy::FrameHeader header, const void* body, std::size_t size,
                  Passed passed) {
  header.length = sizeof header + size;
  // A system call with all its arguments; in one piece it is sent somewhat faster.
  std::array<std::byte, sizeof header + 64> whole;
  iovec pieces[2] = {{&header, sizeof header}, {const_cast<void*>(body), size}};
  std::size_t sent = 0;
  const Guard guard(mutex_);
  if (header.length > whole.size()) return send_all(fd, pieces, 2, &sent, passed);
  std::memcpy(whole.data(), &header, sizeof header);
  if (size != 0) std::memcpy(whole.data() + sizeof header, body, size);
  pieces[0] = {whole.data(), header.length};
  return send_all(fd, pieces, 1, &sent, passed);
}

long Output::send_call(int fd, sysproxy::FrameHeader header, std::span<const std::byte> arguments,
                       const CallInput& input) {
  const auto extents = std::as_bytes(input.extents());
  const sysproxy::CallPrefix prefix{
      static_cast<std::uint32_t>(arguments.size() / sizeof(std::uint64_t)),
      static_cast<std::uint32_t>(input.extents().size())};
  std::array<std::byte, kMaxCallHead + sizeof(sysproxy::DataMark)> head;
  const std::size_t size = sizeof header + sizeof prefix + arguments.size() + extents.size();
  const sysproxy::DataMark mark{1, 0};
  header.length = size + input.bytes() + sysproxy::marks_of(input.bytes()) * sizeof mark;
  const auto* from_prefix = reinterpret_cast<const std::byte*>(&prefix);
  auto* at = std::copy_n(reinterpret_cast<const std::byte*>(&header), sizeof header, head.data());
  at = std::copy_n(from_prefix, sizeof prefix, at);
  at = std::ranges::copy(arguments, at).out;
  at = std::ranges::copy(extents, at).out;
  const Guard guard(mutex_);
  if (input.bytes() != 0) {
    return send_with_data(fd, std::span(head).first(size), input, header.length);
  }
  std::memcpy(at, &mark, sizeof mark);
  iovec whole{head.data(), header.length};
  std::size_t sent = 0;
  return send_all(fd, &whole, 1, &sent);
}

long Output::send_zeros(int fd, sysproxy::FrameHeader header, std::size_t size) {
  header.length = sizeof header + size;
  iovec piece{&header, sizeof header};
  std::size_t sent = 0;
  const Guard guard(mutex_);
  const long error = send_all(fd, &piece, 1, &sent);
  return error != 0 ? error : pad_with_zeros(fd, size);
}

Output::Sent Output::send_memory(int fd, sysproxy::FrameHeader header, std::uint64_t address,
                                 std::size_t size) {
  header.length = sizeof header + size;
  iovec pieces[2] = {{&header, sizeof header}, {reinterpret_cast<void*>(address), size}};
  std::size_t sent = 0;
  const Guard guard(mutex_);
  const long error = send_all(fd, pieces, size == 0 ? 1 : 2, &sent);
  if (error == 0) return Sent::whole;
  if (error != -EFAULT) return Sent::failed;
  if (sent == 0) return Sent::nothing;
  return pad_with_zeros(fd, header.length - sent) == 0 ? Sent::padded : Sent::failed;
}

}  // namespace farcall::client
