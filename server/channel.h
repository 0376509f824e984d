// A channel: one thread of a client makes its calls here, one at a time. The page is described in
// farcall/channel.h, the protocol in docs/PROTOCOL.md.
//
// WHO SERVES IT. Each channel has a thread of its own, its keeper, which sleeps on the page's futex
// and executes what comes. While calls come often, the keeper gives the channel to a Poller, whose
// thread looks at the pages of many channels without sleeping, and sleeps on. The poller gives it
// back when calls have become rare, and when the channel is to end, which is the keeper's work. So
// a channel has one owner at any time, its keeper or a thread of a poller; the owner alone calls
// what is said to be for it. owner_ says who, and is what one hands to the other with.
//
// Its lock, mutex_, is a leaf; it is taken with the kernel's CPU or Session's mutex held.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "server/bound_lwp.h"
#include "server/call_data.h"
#include "server/channel_page.h"
#include "server/patience.h"
#include "server/placement.h"
#include "server/processor.h"
#include "server/request.h"

namespace farcall::server {

class Session;

class Channel : public std::enable_shared_from_this<Channel> {
  /// What of the area is not the call's input.
  struct Output final : OutputSpace {
    std::span<std::byte> grow(std::size_t used, std::size_t size) override {
      return size <= space.size() - used ? space.subspan(used, size) : std::span<std::byte>{};
    }
    std::span<std::byte> space;
  };

 public:
  Channel(Session& session, std::unique_ptr<ChannelPage> page);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// The keeper: returns when the client has closed the channel, or stop() was called.
  void run();

  // ---- for the poller that owns it

  /// There is a call, or its end, to see to. Costs two loads.
  [[nodiscard]] bool has_news() const;
  /// It is to end: to be given back.
  [[nodiscard]] bool is_ending() const;
  /// The system call that has come. Only a hint: the client may change it.
  [[nodiscard]] std::uint32_t next_call() const { return page_->call_number(); }
  /// Executes the call that has come, and answers it. True: the client sleeps, and is to be woken
  /// with wake_client. The thread goes on as the channel's lwp.
  [[nodiscard]] bool serve();
  void wake_client() { page_->wake_client(); }
  /// The client sleeps, or is about to, until its call is answered.
  [[nodiscard]] bool is_client_asleep() const { return page_->client_sleeps(); }
  /// Where the client ran when it made its last call.
  [[nodiscard]] unsigned client_cpu() const { return client_cpu_; }
  /// The calling thread is the channel's lwp no more.
  void leave() { lwp_.leave(); }
  /// To the keeper; the calling thread must have left it, and knows it no more. From now on the
  /// client wakes the keeper when it has a call.
  void give_back();
  /// For the poller's use: when it last served the channel.
  std::uint32_t last_served = 0;

  // ---- for any thread; none of these sleeps, unless it says so

  /// The channel shall end after its present call, and the client's copies fail from now on. For
  /// when the client is gone, or another program. With Session's mutex.
  void stop_locked();
  /// True while a call is executed that is not answered.
  [[nodiscard]] bool is_busy() const { return busy_.load(); }
  /// The client shall read its connection.
  void call_attention() { page_->call_attention(); }
  /// True when call `number` executes here and interrupt_executing is to be called; when it is
  /// about to be executed it will end with EINTR without that.
  bool interrupt(std::uint64_t number);
  /// Interrupts call `number` if it still executes. Without the kernel's CPU, for which it may
  /// sleep. What is returned, if not nullptr, waits to be told to interrupt().
  [[nodiscard]] StandIn* interrupt_executing(std::uint64_t number);
  /// The number of the system call that executes, none when none does.
  [[nodiscard]] std::optional<std::uint32_t> executing();
  /// For a call that does not return, in the thread that executes it: it has succeeded.
  void answer_last();

 private:
  static bool is_pollers(std::uint32_t owner) { return (owner & 1) != 0; }
  bool await_call();
  void sleep();
  void consider_poller();
  sysproxy::SyscallResponse execute();
  bool read_call();
  void read_input(std::size_t extents, std::uint32_t number);

  Session& session_;
  const std::unique_ptr<ChannelPage> page_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> busy_ = false;
  /// Counts the hand-overs: odd while a poller owns the channel. A futex of the keeper's.
  std::atomic<std::uint32_t> owner_ = 0;
  /// Of the last request that was seen. The owner's; others look after they gave it away.
  std::atomic<std::uint32_t> sequence_ = channel::kNone;

  // The owner's.
  BoundLwp lwp_;
  unsigned client_cpu_ = 0;
  bool client_stays_ = false;  ///< it made its last two calls on that CPU
  Patience patience_;
  Ticks answered_ = 0;                  ///< when the keeper got it, or answered
  std::optional<Placement> placement_;  ///< the keeper's
  Output output_;
  CallData data_;

  std::mutex mutex_;  ///< of what follows
  Request request_;
  Executor executor_;
  std::uint64_t interrupted_ = 0;  ///< number of a call that shall end as soon as it begins
};

}  // namespace farcall::server
