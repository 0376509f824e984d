// Looks at many channels without sleeping, and executes their calls.
//
// One of its threads leads: it looks at the page of every channel that the poller has, and executes
// what it finds itself, as that channel's lwp. So one CPU serves all clients that the host runs on
// the others, without a wake-up. A call may sleep in the kernel: just before, the lead passes to
// another thread (about_to_sleep), and the sleeper, when it has answered, hands its channel in
// again. A call that does not end (the client's memory may be behind a device that does not answer)
// loses the lead to a thread that watches.
//
// The leader gives a channel back that has no calls any more, and all of them, and sleeps, when
// none has come for Patience::kWorthwhile. It may have to share its CPU with clients, which take
// Turns then.
//
// Its lock, mutex_, is a leaf; it may be taken with whatever a call in the kernel holds when it is
// about to sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "server/kernel_interface.h"
#include "server/patience.h"
#include "server/thread.h"
#include "server/turns.h"

namespace farcall::server {

class Channel;

class Poller {
 public:
  explicit Poller(const KernelInterface& kernel) : kernel_(kernel) {}
  /// Sleeps until its threads have ended. It must have no channel.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// The poller owns the channel from now on, until it calls give_back. For the channel's owner.
  /// False: it has no thread to lead, and takes nothing. Any thread.
  [[nodiscard]] bool take_over(Channel& channel);
  /// True while a thread looks at pages.
  [[nodiscard]] bool is_awake() const { return awake_; }
  /// How many channels it has, about.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  using Clock = Patience::Clock;
  struct Seat;  ///< what a thread knows of itself

  void run();
  bool await_lead(Seat& seat);
  [[nodiscard]] bool is_vacant_locked() const;
  void watch_locked(std::unique_lock<std::mutex>& lock);
  bool take_from_stuck_locked();
  bool add_thread_locked();

  void lead(Seat& seat);
  void take_place(Seat& seat);
  void take_arrivals();
  Channel* look();
  void serve(Seat& seat, Channel& channel);
  void hand_in(Channel& channel);
  bool end_turn(Seat& seat);
  void about_to_sleep(Seat& seat);

  bool keep_house(Seat& seat);
  void drop_stale();
  bool retire(Seat& seat);
  void give_back(Channel& channel);
  void forget(Channel& channel);

  const KernelInterface& kernel_;

  std::mutex mutex_;
  std::condition_variable changed_;  ///< for threads that do not lead
  std::vector<Channel*> arrivals_;   ///< not yet seen by the leader
  std::size_t spare_threads_ = 0;
  std::size_t threads_ = 0;
  bool led_ = false;
  bool watched_ = false;            ///< a thread looks after the leader
  std::uint64_t watched_turn_ = 0;  ///< turn_ when it began to
  bool stopping_ = false;

  std::atomic<bool> arrived_ = false;
  std::atomic<bool> awake_ = false;
  std::atomic<bool> has_spare_ = false;
  std::atomic<std::size_t> size_ = 0;
  /// Counts the leader's calls, twice; odd while one is executed. Who changes it from odd to even
  /// has the lead: the leader itself after the call, or who takes it away meanwhile.
  std::atomic<std::uint64_t> turn_ = 0;

  // The leader's; handed on with turn_ and mutex_.
  std::vector<Channel*> channels_;
  Turns turns_;
  Channel* latest_ = nullptr;  ///< served last
  Channel* serving_ = nullptr;
  std::size_t next_ = 0;  ///< of channels_ to be looked at
  unsigned cpu_ = 0;      ///< where the leader runs
  unsigned looks_ = 0;
  bool found_ = true;         ///< something, since the clock was looked at
  std::uint32_t period_ = 0;  ///< counts stretches of time; see Channel::last_served
  Clock::time_point idle_since_{};
  Clock::time_point period_began_{};

  /// The last member: the threads use the others.
  ThreadGroup group_;
};

/// The pollers of a server: one for every two CPUs, since at the other end of a busy channel there
/// is a busy client. None on one CPU. Safe from any thread.
class Pollers {
 public:
  Pollers(const KernelInterface& kernel, int count);

  /// The one with the least to do; nullptr: there is none.
  [[nodiscard]] Poller* choose() const;
  /// True when all of them look at pages anyway.
  [[nodiscard]] bool are_awake() const;

 private:
  std::vector<std::unique_ptr<Poller>> pollers_;
};

}  // namespace farcall::server
