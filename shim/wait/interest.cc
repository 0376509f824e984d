#include "interest.h"

#include <algorithm>
#include <cerrno>

namespace farcall::shim::wait {

namespace {

// The events of poll(2) and epoll(7) have the same values on Linux.
static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
              EPOLLHUP == POLLHUP);
constexpr std::uint32_t kReadiness = 0x3fff;
constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDNORM;
constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;

}  // namespace

std::vector<InterestList::Member>::iterator InterestList::find(int fd) {
  return std::ranges::find(members_, fd, &Member::fd);
}

long InterestList::control(int operation, int fd, const epoll_event* event) {
  const auto member = find(fd);
  const bool known = member != members_.end();
  switch (operation) {
    case EPOLL_CTL_ADD:
      if (known) return -EEXIST;
      members_.push_back({fd, event->events, event->data.u64});
      return 0;
    case EPOLL_CTL_MOD:
      if (!known) return -ENOENT;
      *member = {fd, event->events, event->data.u64};
      return 0;
    case EPOLL_CTL_DEL:
      if (!known) return -ENOENT;
      members_.erase(member);
      return 0;
    default:
      return -EINVAL;
  }
}

bool InterestList::forget(int fd) {
  const auto member = find(fd);
  if (member == members_.end()) return false;
  members_.erase(member);
  return true;
}

pollfd InterestList::question(std::size_t index) const {
  const Member& member = members_[index];
  const bool edge = (member.events & EPOLLET) != 0;
  if (member.disabled || (edge && (member.told & kAlways) != 0)) return {-1, 0, 0};
  const std::uint32_t wanted = member.events & kReadiness & ~(edge ? member.told : 0);
  return {member.fd, static_cast<short>(wanted), 0};
}

bool InterestList::answer(const pollfd& polled, epoll_event& event) {
  const auto member = find(polled.fd);
  if (member == members_.end() || member->disabled) return false;
  const auto ready = static_cast<std::uint32_t>(static_cast<unsigned short>(polled.revents)) &
                     (member->events | kAlways) & kReadiness;
  const bool edge = (member->events & EPOLLET) != 0;
  if (ready == 0 || (edge && (ready & ~member->told) == 0)) return false;
  if (edge) {
    member->told |= ready;
    member->unread = kUnknown;
  }
  if ((member->events & EPOLLONESHOT) != 0) member->disabled = true;
  event.events = ready;
  event.data.u64 = member->data;
  return true;
}

int InterestList::told_of_input(std::size_t index) const {
  const Member& member = members_[index];
  const bool edge = (member.events & EPOLLET) != 0;
  return edge && !member.disabled && (member.told & EPOLLIN) != 0 ? member.fd : -1;
}

void InterestList::note_unread(int fd, int bytes) {
  const auto member = find(fd);
  if (member == members_.end()) return;
  if (member->unread != kUnknown && bytes > member->unread) {
    member->told &= ~kInput;
  }
  member->unread = bytes;
}

bool InterestList::rearm(int fd, short events) {
  const auto member = find(fd);
  if (member == members_.end()) return false;
  const std::uint32_t before = member->told;
  member->told &= ~static_cast<std::uint32_t>(events);
  return member->told != before;
}

}  // namespace farcall::shim::wait
