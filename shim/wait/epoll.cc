#include "epoll.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <atomic>

#include "interest.h"
#include "poll.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/lock.h"
#include "shim/host/readable.h"
#include "shim/host/small_array.h"
#include "shim/personality/personality.h"

namespace farcall::shim::epoll {

namespace {

/// Never freed, only used again: a thread may be asleep on one that another closes.
struct Instance {
  int fd = -1;      // the host's epoll; -1: not in use
  int wakeup = -1;  // an eventfd among its host members: somebody changed `members`
  bool host_first = false;
  wait::InterestList members;
  Instance* next = nullptr;

  /// What the host's events about `wakeup` carry. No program has a pointer to here.
  [[nodiscard]] std::uint64_t wakeup_key() const { return reinterpret_cast<std::uint64_t>(this); }
};

constinit SignalSafeMutex mutex;  // guards all instances; taken before the descriptor table's
constinit Instance* instances = nullptr;
constinit std::atomic<int> used_instances{0};

Instance* find(int fd) {
  for (Instance* each = instances; each != nullptr; each = each->next) {
    if (each->fd == fd) return each;
  }
  return nullptr;
}

void wake(const Instance& instance) {
  const std::uint64_t one = 1;
  host::raw(SYS_write, instance.wakeup, &one, sizeof one);
}

void drain(const Instance& instance) {
  std::uint64_t count = 0;
  host::raw(SYS_read, instance.wakeup, &count, sizeof count);
}

/// The wake-up descriptor for a new instance, already among its host members; -errno when `fd` is
/// no epoll.
long make_wakeup(int fd, std::uint64_t key) {
  const long made = host::raw(SYS_eventfd2, 0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (is_error(made)) return made;
  const long wakeup = descriptors::make_internal(static_cast<int>(made));
  if (is_error(wakeup)) return wakeup;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
  const long added = host::epoll_ctl(fd, EPOLL_CTL_ADD, static_cast<int>(wakeup), &event);
  if (!is_error(added)) return wakeup;
  descriptors::close_internal(static_cast<int>(wakeup));
  return added;
}

/// With the lock held: the instance of `fd`, made when there is none. NULL and *error when that
/// fails.
Instance* find_or_make(int fd, long& error) {
  if (Instance* known = find(fd)) return known;
  Instance* instance = find(-1);
  if (instance == nullptr) {
    instance = new Instance;
    instance->next = instances;
    instances = instance;
  }
  const long wakeup = make_wakeup(fd, instance->wakeup_key());
  error = is_error(wakeup) ? wakeup : descriptors::watch(fd);
  if (is_error(error)) {
    if (!is_error(wakeup)) descriptors::close_internal(static_cast<int>(wakeup));
    return nullptr;
  }
  instance->fd = fd;
  instance->wakeup = static_cast<int>(wakeup);
  used_instances.fetch_add(1, std::memory_order_release);
  return instance;
}

void release(Instance& instance) {
  descriptors::close_internal(instance.wakeup);
  instance.fd = -1;
  instance.members.clear();
  used_instances.fetch_sub(1, std::memory_order_release);
}

void closed(int fd) {
  if (used_instances.load(std::memory_order_acquire) == 0) return;
  const Guard guard(mutex);
  if (Instance* instance = find(fd)) release(*instance);
  for (Instance* each = instances; each != nullptr; each = each->next) {
    if (each->members.forget(fd)) wake(*each);
  }
}

using Questions = SmallArray<pollfd>;

/// The host's epoll first, then the kernel members that have something to tell.
void ask(const Instance& instance, Questions& questions) {
  questions.push_back({instance.fd, POLLIN, 0});
  for (std::size_t i = 0; i < instance.members.size(); ++i) {
    const pollfd question = instance.members.question(i);
    if (question.fd >= 0) questions.push_back(question);
  }
}

int collect_kernel(int fd, Questions& questions, epoll_event* events, int count) {
  const Guard guard(mutex);
  Instance* instance = find(fd);
  int collected = 0;
  for (std::size_t i = 1; i < questions.size() && collected < count && instance != nullptr; ++i) {
    if (questions[i].revents != 0 && instance->members.answer(questions[i], events[collected]))
      ++collected;
  }
  return collected;
}

int collect_host(int fd, epoll_event* events, int count) {
  if (count <= 0) return 0;
  const long found = host::epoll_wait(fd, events, count, 0);
  return is_error(found) ? 0 : static_cast<int>(drop_wakeups(fd, events, found));
}

/// True when the host's members go first this time. With room for one event, the sides take turns.
bool take_turn(int fd) {
  const Guard guard(mutex);
  Instance* instance = find(fd);
  if (instance == nullptr) return true;
  instance->host_first = !instance->host_first;
  return instance->host_first;
}

int collect(int fd, Questions& questions, epoll_event* events, int count) {
  const bool host_ready = questions[0].revents != 0;
  if (!host_ready) return collect_kernel(fd, questions, events, count);
  if (take_turn(fd)) {
    const int hosts = collect_host(fd, events, count);
    return hosts + collect_kernel(fd, questions, events + hosts, count - hosts);
  }
  const int kernels = collect_kernel(fd, questions, events, count);
  return kernels + collect_host(fd, events + kernels, count - kernels);
}

std::size_t question_count(int fd) {
  const Guard guard(mutex);
  const Instance* instance = find(fd);
  return instance != nullptr ? instance->members.size() + 1 : 0;
}

/// The descriptors whose unread bytes say whether there is a new edge.
void list_told_of_input(const Instance& instance, SmallArray<int>& fds) {
  for (std::size_t i = 0; i < instance.members.size(); ++i) {
    if (const int fd = instance.members.told_of_input(i); fd >= 0) fds.push_back(fd);
  }
}

int unread_bytes(int fd) {
  int bytes = 0;
  const int kfd = descriptors::kernel_fd(fd);
  return kfd >= 0 && !is_error(personality::ioctl(kfd, FIONREAD, &bytes)) ? bytes : 0;
}

/// Looks for new bytes at edge-triggered members. True when any has some that the program left
/// unread.
bool look_at_unread(int fd) {
  SmallArray<int> fds(question_count(fd));
  if (!fds.ok()) return false;
  {
    const Guard guard(mutex);
    const Instance* instance = find(fd);
    if (instance == nullptr || instance->members.size() >= fds.capacity()) return true;
    list_told_of_input(*instance, fds);
  }
  bool any = false;
  for (const int each : fds) {
    const int bytes = unread_bytes(each);
    any = any || bytes > 0;
    const Guard guard(mutex);
    if (Instance* instance = find(fd)) instance->members.note_unread(each, bytes);
  }
  return any;
}

/// One round of waiting: a count, 0 when there is a reason to look again or no time, or -errno.
long wait_once(int fd, epoll_event* events, int count, const Deadline& deadline,
               const HeldSignals& held) {
  const bool left_unread = look_at_unread(fd);
  const std::size_t most = question_count(fd);
  if (most == 0) return -EBADF;
  Questions questions(most);
  if (!questions.ok()) return -ENOMEM;
  {
    const Guard guard(mutex);
    const Instance* instance = find(fd);
    if (instance == nullptr) return -EBADF;
    if (instance->members.size() >= most) return 0;
    ask(*instance, questions);
  }
  const Deadline until = left_unread ? deadline.at_most_ms(kEdgeCheckMs) : deadline;
  const long ready = wait::poll(questions.data(), questions.size(), until, held);
  if (ready <= 0) return ready;
  const int collected = collect(fd, questions, events, count);
  look_at_unread(fd);
  return collected;
}

}  // namespace

void start() { descriptors::on_close(closed); }

long control(int instance_fd, int operation, int fd, epoll_event* event) {
  if (descriptors::kernel_fd(instance_fd) >= 0) return -EINVAL;
  if (descriptors::kernel_fd(fd) < 0) return host::epoll_ctl(instance_fd, operation, fd, event);
  if (operation != EPOLL_CTL_DEL && !host::can_read(event, sizeof *event)) return -EFAULT;
  const ErrnoKeeper keeper;
  const Guard guard(mutex);
  long error = 0;
  Instance* instance = find_or_make(instance_fd, error);
  if (instance == nullptr) return error;
  const long result = instance->members.control(operation, fd, event);
  if (result == 0) wake(*instance);
  return result;
}

long drop_wakeups(int fd, epoll_event* events, long count) {
  const Guard guard(mutex);
  const Instance* instance = find(fd);
  if (instance == nullptr) return count;
  long kept = 0;
  for (long i = 0; i < count; ++i) {
    if (events[i].data.u64 == instance->wakeup_key()) {
      drain(*instance);
    } else {
      events[kept++] = events[i];
    }
  }
  return kept;
}

long wait(int fd, epoll_event* events, int count, const Deadline& deadline,
          const HeldSignals& held) {
  if (count <= 0) return -EINVAL;
  if (events == nullptr) return -EFAULT;
  const ErrnoKeeper keeper;
  for (;;) {
    const long result = wait_once(fd, events, count, deadline, held);
    if (result != 0 || deadline.expired()) return result;
  }
}

void touched(int fd, short events) {
  if (used_instances.load(std::memory_order_acquire) == 0) return;
  const Guard guard(mutex);
  for (Instance* each = instances; each != nullptr; each = each->next) {
    if (each->fd >= 0 && each->members.rearm(fd, events)) wake(*each);
  }
}

void before_fork() { mutex.lock(); }
void after_fork() { mutex.unlock(); }

}  // namespace farcall::shim::epoll
