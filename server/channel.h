// A channel and the thread that serves it: one thread of a client makes its calls here, one at a
// time. The page is described in farcall/channel.h, the protocol in docs/PROTOCOL.md.
//
// Its lock, mutex_, is a leaf; it is taken with the kernel's CPU or Session's mutex held.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "server/channel_page.h"
#include "server/patience.h"
#include "server/placement.h"
#include "server/request.h"

namespace farcall::server {

class BoundLwp;
class Session;

class Channel {
 public:
  Channel(Session& session, std::unique_ptr<ChannelPage> page);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Serves the channel, in a thread of its own, until the client closes it or stop() is called.
  void run();

  // ---- for any thread; none of these sleeps, unless it says so

  /// The thread shall leave after its present call, and the client's copies fail from now on. For
  /// when the client is gone, or another program. With Session's mutex.
  void stop_locked();
  /// True while a call is executed that is not answered.
  [[nodiscard]] bool is_busy() const { return busy_.load(); }
  /// The client shall read its connection.
  void call_attention() { page_->call_attention(); }
  /// True when call `number` executes here and interrupt_executing is to be called; when it is
  /// about to be executed it will end with EINTR without that.
  bool interrupt(std::uint64_t number);
  /// Interrupts call `number` if it still executes. Without the kernel's CPU; sleeps.
  void interrupt_executing(std::uint64_t number);
  /// The number of the system call that executes, none when none does.
  [[nodiscard]] std::optional<std::uint32_t> executing();
  /// For a call that does not return, in the thread that executes it: it has succeeded.
  void answer_last();

 private:
  std::optional<std::uint32_t> next();
  bool spin();
  void sleep();
  void serve(std::uint32_t sequence, BoundLwp& bound);
  bool read_call();
  void cool_down();
  [[nodiscard]] bool has_news() const;

  Session& session_;
  const std::unique_ptr<ChannelPage> page_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> busy_ = false;

  // Of its thread.
  std::uint32_t sequence_ = channel::kNone;  ///< of the last request that was seen
  unsigned client_cpu_ = 0;
  bool has_slot_ = false;  ///< one of SpinSlots: it spins between calls
  Patience patience_;
  std::optional<Placement> placement_;

  std::mutex mutex_;  ///< of what follows
  Request request_;
  Executor executor_;
  std::uint64_t interrupted_ = 0;  ///< number of a call that shall end as soon as it begins
};

}  // namespace farcall::server
