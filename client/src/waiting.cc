// The baton: which thread reads, and how the others wait. connection.h has the rules.
#include <sys/socket.h>

#include <cerrno>

#include "connection.h"
#include "descriptors.h"
#include "host.h"
#include "netbsd/syscalls.h"

namespace farcall::client {
namespace {

/// Finite, so that the wait is not restarted after a handler; far, so that it does not end by
/// itself.
constexpr timespec kFar{std::int64_t{1} << 32, 0};

/// So many answers that a reader hands to others make its own call a long one.
constexpr unsigned kMany = 4;

constexpr std::uint64_t kNudge = ~std::uint64_t{0};  // no call has this number

/// The eventfd of a call that sleeps in ppoll, quiet; with the connection's mutex. -errno: there is
/// none to be had.
int quiet_bell(Call& call) {
  std::uint64_t count = 0;
  if (call.bell >= 0) {
    host::read(call.bell, &count, sizeof count);
  } else {
    call.bell = move_high(static_cast<int>(host::eventfd(0, O_CLOEXEC | O_NONBLOCK)));
  }
  return call.bell;
}

long sleep_on_word(const Call& call, Patience patience, host::SignalSet open) {
  host::set_signal_mask(open);
  const long result = host::futex_wait(call.word, 0, patience == Patience::once ? &kFar : nullptr);
  host::set_signal_mask(host::kAllSignals);
  return result;
}

long sleep_on_bell(int bell, host::SignalSet open) {
  pollfd entry{bell, POLLIN, 0};
  return host::ppoll(&entry, 1, nullptr, &open);
}

/// Until the Watch's bell rings, which is silent then.
long sleep_in_watch(int bell, Patience patience, host::SignalSet open) {
  std::uint64_t count = 0;
  if (patience == Patience::once) {
    if (const long result = sleep_on_bell(bell, open); result < 0) return result;
    return host::read(bell, &count, sizeof count);
  }
  host::set_signal_mask(open);
  const long result = host::read(bell, &count, sizeof count);
  host::set_signal_mask(host::kAllSignals);
  return result;
}

}  // namespace

void Connection::await(Call& call, Patience patience, host::SignalSet open) {
  Thread& self = this_thread();
  const Guard guard(mutex_);
  call.frame = __builtin_frame_address(0);
  drop_orphans(self, call.frame);
  call.outer = self.waiting;
  self.waiting = &call;
  const bool inherits = call.outer != nullptr && call.outer->reading && reader_ == &self;
  while (call.state != Call::State::done) take_turn(self, call, patience, open);
  self.waiting = call.outer;
  if (is_watching(call.outer)) watch_.ring();  // it may have rung for that one meanwhile
  if (robbed_ == &self && !inherits) robbed_ = nullptr;
  if (inherits && call.outer->state == Call::State::done) send_nudge();
  if (!inherits && reader_ == &self) release_baton();
  if (reader_ == nullptr) wake_sleeper();
}

void Connection::take_turn(Thread& self, Call& call, Patience patience, host::SignalSet open) {
  const bool reads_on = call.outer != nullptr && call.outer->reading && reader_ == &self;
  const bool must_read = reads_on || freezer_ != nullptr;
  if (may_read(self) && (must_read || !call.takes_long)) {
    return read_turn(self, call, patience, open);
  }
  if (watch_turn(self, call, patience, open)) return;
  if (may_read(self) && watcher_ == nullptr) return read_turn(self, call, patience, open);
  if (reader_ == &self) release_baton();
  sleep_turn(call, patience, open);
}

void Connection::take_baton(Thread& self) {
  reader_ = &self;
  brought_ = 0;
  gate_.follow(true);
}

void Connection::read_turn(Thread& self, Call& call, Patience patience, host::SignalSet open) {
  if (reader_ != &self) take_baton(self);
  if (call.interrupt_sent) patience = Patience::steadfast;
  call.reading = true;
  const int fd = link_.fd;
  bool interrupted = false;
  {
    const Unguard unguard(mutex_);
    interrupted = wait_readable(fd, patience, open);
  }
  call.reading = false;
  if (interrupted) {
    if (patience != Patience::steadfast && call.state != Call::State::done) interrupt_locked(call);
  } else if (reader_ == &self && up_) {  // else the baton was taken for an exec, or all is over
    pump(&call);
    call.takes_long = brought_ >= kMany;
  }
}

bool Connection::wait_readable(int fd, Patience patience, host::SignalSet open) {
  if (patience == Patience::once) {
    pollfd entry{fd, POLLIN, 0};
    return host::ppoll(&entry, 1, nullptr, &open) == -EINTR;
  }
  char first = 0;
  host::set_signal_mask(open);
  const long result = host::recv(fd, &first, sizeof first, MSG_PEEK);
  host::set_signal_mask(host::kAllSignals);
  return result == -EINTR;
}

void Connection::pump(const Call* until) {
  pumping_ = 1;
  Input::Status status = Input::Status::more;
  while (status == Input::Status::more && (until == nullptr || until->state != Call::State::done)) {
    status = receive(MSG_DONTWAIT);
  }
  // An exec may come at any moment, and the next program starts with an empty Input.
  while (freezer_ != nullptr && status != Input::Status::ended && !input_.at_boundary())
    status = receive(0);
  pumping_ = 0;
  if (freezer_ != nullptr) host::futex_wake(pumping_, 1);
  if (status == Input::Status::ended) lose_locked();
}

Input::Status Connection::receive(int flags) {
  const int fd = link_.fd;
  const Unguard unguard(mutex_);
  return input_.receive(fd, flags, *this);
}

void Connection::sleep_turn(Call& call, Patience patience, host::SignalSet open) {
  if (call.interrupt_sent && patience == Patience::once) patience = Patience::steadfast;
  const int bell = patience == Patience::once ? quiet_bell(call) : -1;
  call.word = 0;
  call.asleep = true;
  call.next_asleep = asleep_;
  asleep_ = &call;
  long result = 0;
  {
    const Unguard unguard(mutex_);
    result = bell >= 0 ? sleep_on_bell(bell, open) : sleep_on_word(call, patience, open);
  }
  call.asleep = false;
  call.takes_long = true;
  remove_sleeper(call);
  const bool interruptible = patience != Patience::steadfast && call.state != Call::State::done;
  if (result == -EINTR && interruptible) interrupt_locked(call);
}

/// False: another thread watches, or the host cannot.
bool Connection::watch_turn(Thread& self, Call& call, Patience patience, host::SignalSet open) {
  const bool watches_on = watcher_ == &self;  // for an outer frame
  const int bell = begin_watch(self);
  if (bell < 0) return false;
  if (call.interrupt_sent) patience = Patience::steadfast;
  call.watching = true;
  long result = 0;
  {
    const Unguard unguard(mutex_);
    result = sleep_in_watch(bell, patience, open);
  }
  call.watching = false;
  if (!watches_on && watcher_ == &self) end_watch();  // in a child after fork nobody watches
  if (call.state == Call::State::done) return true;
  if (result == -EINTR) {
    if (patience != Patience::steadfast) interrupt_locked(call);
  } else if (reader_ == nullptr && up_) {
    read_what_is_there(self, &call);
  }
  return true;
}

/// The bell, or -errno.
int Connection::begin_watch(Thread& self) {
  if (watcher_ != nullptr && watcher_ != &self) return -EBUSY;
  const int gate = gate_.watched(link_.fd);
  if (gate < 0) return gate;
  if (reader_ == &self) release_baton();
  if (watcher_ == nullptr) gate_.add_watcher(reader_ != nullptr);
  watcher_ = &self;
  const int bell = watch_.arm(gate);
  if (bell < 0) end_watch();
  return bell;
}

void Connection::end_watch() {
  watcher_ = nullptr;
  gate_.remove_watcher();
}

/// Without the baton's holder. The gate need not follow for so short a time.
void Connection::read_what_is_there(Thread& self, const Call* until) {
  reader_ = &self;
  brought_ = 0;
  pump(until);
  release_baton();
}

void Connection::remove_sleeper(Call& call) {
  for (Call** link = &asleep_; *link != nullptr; link = &(*link)->next_asleep) {
    if (*link == &call) {
      *link = call.next_asleep;
      return;
    }
  }
}

void Connection::release_baton() {
  if (reader_ == freezer_) return;
  reader_ = nullptr;
  gate_.follow(false);
}

void Connection::wake_sleeper() {
  if (watcher_ != nullptr) return;
  for (Call* call = asleep_; call != nullptr; call = call->next_asleep) {
    if (call->word == 0) return wake(*call);
  }
}

void Connection::wake(Call& call) {
  call.word = 1;
  host::futex_wake(call.word, 1);
  const std::uint64_t one = 1;
  if (call.bell >= 0) host::write(call.bell, &one, sizeof one);
}

bool Connection::try_now(Call& call) {
  if (call.in_channel && take_answer(call)) return true;
  Thread& self = this_thread();
  const Guard guard(mutex_);
  drop_orphans(self, __builtin_frame_address(0));
  if (call.state == Call::State::done || !may_read(self)) return call.state == Call::State::done;
  Call* outer = self.waiting;
  const bool inherits = outer != nullptr && outer->reading && reader_ == &self;
  reader_ = &self;  // for so short a time that the gate need not follow
  if (up_) pump(&call);
  if (inherits) {
    if (outer->state == Call::State::done) send_nudge();
  } else {
    release_baton();
    wake_sleeper();
  }
  return call.state == Call::State::done;
}

void Connection::interrupt(Call& call) {
  if (call.in_channel && !call.interrupt_sent && interrupt_by_channel(call)) return;
  const Guard guard(mutex_);
  if (call.state == Call::State::in_flight) interrupt_locked(call);
}

void Connection::interrupt_locked(Call& call) {
  if (call.interrupt_sent || !link_.marked || !up_) return;
  call.interrupt_sent = true;
  send_interrupt(call.in_channel ? call.channel->request() : call.request);
}

void Connection::send_interrupt(std::uint64_t request) {
  const sysproxy::FrameHeader header{0, request, sysproxy::FrameClass::request,
                                     sysproxy::FrameType::interrupt, 0};
  const int fd = link_.fd;
  long error = 0;
  {
    const Unguard unguard(mutex_);
    error = output_.send(fd, header, nullptr, 0);
  }
  if (error != 0) lose_locked();
}

void Connection::send_nudge() {
  if (!up_) return;
  const sysproxy::FrameHeader header{0, kNudge, sysproxy::FrameClass::request,
                                     sysproxy::FrameType::syscall, NB_SYS_getpid};
  const int fd = link_.fd;
  const Unguard unguard(mutex_);
  // An error shows in the next receive.
  output_.send(fd, header, nullptr, 0);
}

void Connection::interrupt_request(std::uint64_t request) {
  const Guard guard(mutex_);
  if (up_) send_interrupt(request);
}

void Connection::attend() {
  Thread& self = this_thread();
  const Guard guard(mutex_);
  if (!up_ || reader_ != nullptr) return;
  read_what_is_there(self, nullptr);
  wake_sleeper();
}

void Connection::nudge_outer() {
  const Guard guard(mutex_);
  if (this_thread().waiting != nullptr) send_nudge();
}

void Connection::drop_orphans(Thread& self, const void* frame) {
  while (self.waiting != nullptr && self.waiting->frame <= frame &&
         host::on_alternate_stack() == 0) {
    // The stack of the waiting call is below ours: it was left by siglongjmp.
    Call& orphan = take_innermost(self);
    if (orphan.state == Call::State::done) {
      pool_.give_back(orphan);
    } else {
      orphan.abandoned = true;
      interrupt_locked(orphan);
    }
  }
}

/// Takes the innermost of the calls that the thread waits in off its list; nobody waits for it now.
Call& Connection::take_innermost(Thread& self) {
  Call& call = *self.waiting;
  self.waiting = call.outer;
  if (call.asleep) remove_sleeper(call);
  if (call.reading && reader_ == &self) release_baton();
  if (call.watching && watcher_ == &self && !is_watching(call.outer)) end_watch();
  call.asleep = call.reading = call.watching = false;
  return call;
}

void Connection::leave(const void* stack, host::SignalSet open) {
  Thread& self = this_thread();
  for (;;) {
    Call* left = nullptr;
    {
      const Guard guard(mutex_);
      // A stock server's calls end by themselves: the next call abandons them.
      if (self.waiting == nullptr || self.waiting->frame >= stack || !link_.marked) return;
      left = &take_innermost(self);
      interrupt_locked(*left);
    }
    await(*left, Patience::steadfast, open);
    finish(*left);
  }
}

Link Connection::freeze_for_exec() {
  output_.settle();
  const Guard guard(mutex_);
  freezer_ = &this_thread();
  while (pumping_ != 0) {
    const Unguard unguard(mutex_);
    host::futex_wait(pumping_, 1, nullptr);
  }
  robbed_ = reader_ != &this_thread() ? reader_ : nullptr;
  take_baton(this_thread());
  if (up_) pump(nullptr);
  if (up_) return link_;
  thaw_locked();
  return {};
}

Link Connection::thaw() {
  const Guard guard(mutex_);
  thaw_locked();
  return link_;
}

void Connection::thaw_locked() {
  freezer_ = nullptr;
  const Call* robbed = robbed_ != nullptr ? robbed_->waiting : nullptr;
  if (robbed != nullptr && robbed->reading) {
    // It still sleeps in its recv, as if it held the baton: nobody else may read, or it would sleep
    // on.
    reader_ = robbed_;
    if (robbed->state == Call::State::done) send_nudge();
  } else if (const Call* own = this_thread().waiting; own == nullptr || !own->reading) {
    release_baton();
    wake_sleeper();
  }
  robbed_ = nullptr;
}

}  // namespace farcall::client
