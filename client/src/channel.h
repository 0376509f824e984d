// A thread's channel to the server: system calls through a page of memory that both share
// (farcall/channel.h), without a system call of the host's while both sides are at it.
//
// WHO MAY. Only the thread that the channel belongs to makes calls in it, one at a time. Signals
// are not blocked meanwhile: a handler may run at any point of call(), and make calls itself, or
// leave by siglongjmp. So a channel that is in use is marked busy, with the place on the stack:
//  1. A handler's call finds it busy by a frame further out, and goes over the stream.
//  2. A later call of the thread finds it busy by a frame that is no more: siglongjmp left it. The
//     server is asked to end that call, and its answer awaited. Where siglongjmp is taken over
//     (farcall_leave_frames) that has happened by then: a call of a deeper frame would not find it.
//  3. A handler that forks returns to the call in the child, too, which has no part in the channel.
//  A
//     page that says that the server has left stands there in its place until that call has ended.
//  4. Thread::waiting says that an outer frame waits on the stream, perhaps with the baton: then
//     calls go over the stream, too, so that somebody reads.
//
// WAITING. call() spins for as long as that has paid with this system call lately (Spinning), then
// sleeps on the futex. The sleep ends by a handler as Patience says; then the frame `interrupt`
// goes out on the stream, and the true answer is awaited. Once a second the sleeper looks at the
// stream, so that the end of a server that was killed is noticed.
//
// ASYNCHRONOUS CALLS have channels of their own, which belong to no thread but to a slot of the
// connection's pool (call.h), and an eventfd each. begin() sends the call; who has submitted it
// looks now and then whether is_answered(), and then takes the answer. After expect_event() the
// eventfd tells when to look. A look too many does no harm, so a signal that comes late, for a call
// before, is none.
//
// Calls that any handler ends (Patience::once), which programs make to wait for their handlers,
// come with their thread's signals held back, and sleep in ppoll(2) on the channel's eventfd, which
// lets them through: so a handler ends the call whenever its signal came. Of other calls no handler
// ends one that does not sleep yet; to block signals around each would cost as much as a call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "channel_area.h"
#include "farcall/channel.h"
#include "host.h"
#include "output.h"
#include "patience.h"
#include "spinning.h"

namespace farcall::client {

class Channel {
 public:
  enum class End {
    answered,
    elsewhere,  ///< nothing was done: the call has to go over the stream
    lost        ///< as if the connection had been lost during the call
  };

  /// Makes the page, and an eventfd if that is wanted, for the connection of that generation. 0 or
  /// -errno.
  long create(std::uint32_t generation, bool with_event);
  /// For the server to get; they stay the channel's.
  [[nodiscard]] Passed descriptors() const { return {area_.descriptor(), event_}; }
  /// Ends a call that waits in a frame below `stack`, which siglongjmp is about to leave.
  void leave(const void* stack);
  /// Asks the server to end a call that is still under way, although its thread ends.
  void end_call();
  /// Tells the server that no more calls come, and lets the page go.
  void close();
  /// In a child after fork, where the page is not mapped. `used`: by a call of the thread that
  /// forked, in a handler that interrupted it; there it ends with EINTR.
  void forget(bool used);
  /// True while a call waits in it, or was left by siglongjmp.
  [[nodiscard]] bool is_used() const { return frame_ != nullptr || awaited_; }

  [[nodiscard]] bool is_free() const { return page_ == nullptr; }
  [[nodiscard]] std::uint32_t generation() const { return generation_; }

  /// One system call. *error is 0, with retval set, or a NetBSD errno.
  End call(const SystemCall& call, Waiting waiting, int* error, long retval[2]);

  // Asynchronous calls. All but await_answer want signals blocked.

  /// Sends a call. False: it has to go over the stream.
  bool begin(const SystemCall& call);
  /// The present call's.
  [[nodiscard]] std::uint64_t request() const { return request_; }
  [[nodiscard]] bool is_answered() const;
  /// The server has left: without an answer now there will be none.
  [[nodiscard]] bool is_over() const;
  /// From now on the eventfd tells of the answer, and when the stream is to be read.
  void expect_event();
  /// Makes the eventfd quiet, before a look.
  void quiet_event();
  /// Sleeps until the answer is there. False: it will not come.
  bool await_answer();
  /// Returns a signal (the host's number) that the call raised, or 0.
  int take_answer(int* error, long retval[2]);
  /// -1: it has none.
  [[nodiscard]] int event() const { return event_; }

  // Any thread.

  [[nodiscard]] bool has(int fd) const {
    return fd >= 0 && (fd == area_.descriptor() || fd == event_);
  }
  /// Gives the number `fd`, which it has, up for `moved`, the same file. False: it is in use. With
  /// the connection's mutex, under which quiet_event and drain_event are called, too.
  bool move_away(int fd, int moved);
  /// Takes all signals out of the eventfd.
  void drain_event() const;
  /// Makes the thread, when it sleeps, look whether its connection is still there. Any thread.
  void wake() const;

 private:
  bool reclaim(const void* frame);
  bool end_left_call();
  bool leave_orphan();
  bool send(const SystemCall& call);
  [[nodiscard]] bool is_sent() const;
  void spin(int number);
  bool sleep(Waiting waiting);
  long sleep_once(Waiting waiting);
  [[nodiscard]] long sleep_on_event(host::SignalSet open) const;
  [[nodiscard]] bool is_quiet() const;
  void follow_attention();
  static void look_at_stream();
  void interrupt() const;

  channel::Page* page_ = nullptr;
  ChannelArea area_;
  int event_ = -1;
  bool expecting_ = false;  ///< the server is to signal the eventfd
  bool awaited_ = false;    ///< by await_answer
  bool orphan_ = false;     ///< of a parent's channel, for the frame that used it
  std::uint32_t generation_ = 0;
  std::uint32_t sequence_ = channel::kNone;  ///< of the latest call
  std::uint32_t attention_ = 0;              ///< the page's, when it was last followed
  const void* volatile frame_ = nullptr;     ///< of the call that keeps it busy
  std::uint64_t request_ = 0;
  Spinning spinning_{false};
};

}  // namespace farcall::client
