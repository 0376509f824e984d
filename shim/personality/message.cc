// What sendmsg and recvmsg have in common, and their plural forms.
#include "personality/message.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

namespace farcall::personality {
namespace {

constexpr unsigned kMostMessages = 1024;

bool expired(const timespec& deadline) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > deadline.tv_sec ||
         (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec);
}

timespec deadline_after(const timespec& timeout) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  now.tv_sec += timeout.tv_sec;
  now.tv_nsec += timeout.tv_nsec;
  if (now.tv_nsec >= 1'000'000'000) {
    now.tv_nsec -= 1'000'000'000;
    ++now.tv_sec;
  }
  return now;
}

}  // namespace

void aim(netbsd::msghdr& header, std::span<const iovec> vectors) {
  header.msg_iov = const_cast<iovec*>(vectors.data());
  header.msg_iovlen = static_cast<int>(vectors.size());
}

Sysret check_message(const msghdr& message) {
  if (message.msg_iovlen > kMostVectors) return -EMSGSIZE;
  if (message.msg_iov == nullptr && message.msg_iovlen != 0) return -EFAULT;
  if (message.msg_control == nullptr && message.msg_controllen != 0) return -EFAULT;
  return message.msg_controllen > INT_MAX ? -ENOBUFS : 0;
}

Sysret sendmmsg(int kfd, mmsghdr* messages, unsigned count, int flags) {
  if (messages == nullptr && count != 0) return -EFAULT;
  const unsigned most = std::min(count, kMostMessages);
  for (unsigned i = 0; i < most; ++i) {
    const Sysret sent = personality::sendmsg(kfd, &messages[i].msg_hdr, flags);
    if (sent < 0) return i != 0 ? i : sent;
    messages[i].msg_len = static_cast<unsigned>(sent);
  }
  return most;
}

Sysret recvmmsg(int kfd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  if (messages == nullptr && count != 0) return -EFAULT;
  const bool bad_time = timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
                                               timeout->tv_nsec > 999'999'999);
  if (bad_time) return -EINVAL;
  const timespec deadline = timeout == nullptr ? timespec{} : deadline_after(*timeout);
  const unsigned most = std::min(count, kMostMessages);
  for (unsigned i = 0; i < most; ++i) {
    const Sysret got = personality::recvmsg(kfd, &messages[i].msg_hdr, flags & ~MSG_WAITFORONE);
    if (got < 0) return i != 0 ? i : got;
    messages[i].msg_len = static_cast<unsigned>(got);
    if ((flags & MSG_WAITFORONE) != 0) flags |= MSG_DONTWAIT;
    // As Linux, the time is looked at after each message only.
    if (timeout != nullptr && expired(deadline)) return i + 1;
  }
  return most;
}

}  // namespace farcall::personality
