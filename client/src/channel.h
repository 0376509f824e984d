// A thread's channel to the server: system calls through a page of memory that both share
// (farcall/channel.h), without a system call of the host's while both sides are at it.
//
// WHO MAY. Only the thread that the channel belongs to makes calls in it, one at a time. Signals
// are not blocked meanwhile: a handler may run at any point of call(), and make calls itself, or
// leave by siglongjmp. So a channel that is in use is marked busy, with the place on the stack:
//  1. A handler's call finds it busy by a frame further out, and goes over the stream.
//  2. A later call of the thread finds it busy by a frame that is no more: siglongjmp left it. The
//     server is asked to end that call, and its answer awaited.
//  3. Thread::waiting says that an outer frame waits on the stream, perhaps with the baton: then
//     calls go over the stream, too, so that somebody reads.
//
// WAITING. call() spins for as long as that has paid with this system call lately (Spinning), then
// sleeps on the futex. The sleep ends by a handler as Patience says; then the frame `interrupt`
// goes out on the stream, and the true answer is awaited. Once a second the sleeper looks at the
// stream, so that the end of a server that was killed is noticed.
//
// A signal whose handler returns after call() began and before it sleeps does not end the call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "channel_area.h"
#include "farcall/channel.h"
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

  /// Makes the page for the connection of that generation. The memory's descriptor, for the server
  /// to get, which stays the channel's; or -errno.
  long create(std::uint32_t generation);
  /// Asks the server to end a call that is still under way, although its thread ends.
  void end_call();
  /// Tells the server that no more calls come, and lets the page go.
  void close();
  /// In a child after fork, where the page is not mapped.
  void forget() {
    page_ = nullptr;
    area_.forget();
  }

  [[nodiscard]] bool is_free() const { return page_ == nullptr; }
  [[nodiscard]] std::uint32_t generation() const { return generation_; }

  /// One system call. *error is 0, with retval set, or a NetBSD errno.
  End call(const SystemCall& call, Patience patience, int* error, long retval[2]);
  /// Where the data goes that crosses with calls.
  ChannelArea& area() { return area_; }
  /// Makes the thread, when it sleeps, look whether its connection is still there. Any thread.
  void wake() const;

 private:
  bool reclaim(const void* frame);
  bool send(const SystemCall& call);
  [[nodiscard]] bool is_sent() const;
  [[nodiscard]] bool is_answered() const;
  [[nodiscard]] bool is_over() const;
  void spin(int number);
  bool sleep(Patience patience);
  long sleep_once(Patience patience);
  void follow_attention();
  static void look_at_stream();
  void interrupt() const;
  int take_answer(int* error, long retval[2]);

  channel::Page* page_ = nullptr;
  ChannelArea area_;
  std::uint32_t generation_ = 0;
  std::uint32_t sequence_ = channel::kNone;  ///< of the latest call
  std::uint32_t attention_ = 0;              ///< the page's, when it was last followed
  const void* volatile frame_ = nullptr;     ///< of the call that keeps it busy
  std::uint64_t request_ = 0;
  Spinning spinning_{false};
};

}  // namespace farcall::client
