// The kernel descriptors of one epoll instance: what the program wants to hear of each, and what it
// was told. Pure: no system call, no lock.
#pragma once

#include <poll.h>
#include <sys/epoll.h>

#include <cstdint>
#include <vector>

namespace farcall::shim::wait {

class InterestList {
 public:
  /// epoll_ctl(2): 0 or -errno (EEXIST, ENOENT, EINVAL). `event` is not NULL unless the operation
  /// is EPOLL_CTL_DEL.
  long control(int operation, int fd, const epoll_event* event);
  /// `fd` is closed. True when it was a member.
  bool forget(int fd);
  void clear() { members_.clear(); }

  [[nodiscard]] std::size_t size() const { return members_.size(); }

  /// What poll(2) must be asked for the member at `index`: fd -1 when nothing can be told about it
  /// now.
  [[nodiscard]] pollfd question(std::size_t index) const;

  /// Puts what poll(2) answered about a descriptor into `event`. False: nothing to tell.
  /// Edge-triggered and one-shot members remember that they were told of.
  bool answer(const pollfd& polled, epoll_event& event);

  /// The descriptor of the member at `index` when it is edge-triggered and the program was told of
  /// its input; else -1.
  [[nodiscard]] int told_of_input(std::size_t index) const;
  /// So many bytes are unread at `fd`, which told_of_input() named: more than the last time is a
  /// new edge.
  void note_unread(int fd, int bytes);

  /// The program has read (POLLIN) or written (POLLOUT) `fd`: an edge-triggered member may tell of
  /// that again. True when that changed anything.
  bool rearm(int fd, short events);

 private:
  static constexpr int kUnknown = -1;

  struct Member {
    int fd;
    std::uint32_t events;
    std::uint64_t data;
    std::uint32_t told = 0;  // edge-triggered: readiness that the program knows of
    bool disabled = false;   // one-shot: told, until EPOLL_CTL_MOD
    int unread = kUnknown;   // edge-triggered: bytes that the program knows of and has left
  };

  std::vector<Member>::iterator find(int fd);

  std::vector<Member> members_;
};

}  // namespace farcall::shim::wait
