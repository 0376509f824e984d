// Which of many busy clients may run, where there are more of them than CPUs beside their poller's.
//
// Some clients run where the poller does, and sleep while they wait. Woken at once, each of them
// would take the CPU from the poller for the sake of one call, and the clients on other CPUs would
// spin in vain. So they wait for their turns. One is woken when nobody calls from another CPU,
// which is where the host then finds it a place. As somebody may always do so, the client that
// calls when a turn is over gets no answer until it sleeps, and waits for its next turn. So the
// host has few runnable threads to share out, however many clients there are; a client's turn is as
// long as a time slice of the host's would be.
//
// For one thread at a time, the poller's leader.
#pragma once

#include <chrono>
#include <span>
#include <vector>

namespace farcall::server {

class Channel;

class Turns {
 public:
  using Clock = std::chrono::steady_clock;

  /// True when the channel's call is not to be executed now: it would be answered before its client
  /// sleeps.
  [[nodiscard]] bool is_over_for(const Channel& channel) const;
  /// A call was answered by a poller on `cpu`. The client is woken, when it sleeps, at once or for
  /// its turn; at once when it calls rarely.
  void answered(Channel& channel, bool asleep, bool rarely, unsigned cpu);
  /// True when clients find no place beside the poller, which is to move to another CPU: before
  /// go_on, as they are woken then where it leaves room.
  [[nodiscard]] bool are_crowded() const;
  /// From time to time: begins turns and ends them.
  void go_on(Clock::time_point now);

  /// Those whose turns are to come.
  [[nodiscard]] std::span<Channel* const> waiting() const { return waiting_; }
  /// The channel is somebody else's now.
  void forget(Channel& channel);
  /// Everybody may run.
  void end();

 private:
  void defer(Channel& channel);
  bool end_turn(Clock::time_point now);
  void begin_turn(Clock::time_point now);

  std::vector<Channel*> waiting_;  ///< answered, and to be woken
  Channel* beside_ = nullptr;      ///< who called last from another CPU since go_on
  Channel* resting_ = nullptr;     ///< whose turn is over, and who shall sleep
  Channel* coming_ = nullptr;      ///< whose turn has begun, and who has not called yet
  bool left_ = false;              ///< who had the turn sleeps now
  bool came_back_ = false;  ///< who was coming called from the poller's CPU, and nobody from others
  Clock::time_point beside_at_{};
  Clock::time_point began_{};  ///< the present turn, or the wait for the first
  Clock::time_point asked_{};  ///< when resting_ was set
};

}  // namespace farcall::server
