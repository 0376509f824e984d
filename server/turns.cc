#include "server/turns.h"

#include <algorithm>
#include <utility>

#include "server/channel.h"

namespace farcall::server {
namespace {

/// About a time slice of the host's.
constexpr std::chrono::milliseconds kTurn{4};
/// A client that calls again and again is not silent for so long.
constexpr std::chrono::microseconds kSilence{5};
/// Longer than a client takes to be woken and to make its next call, or to sleep when its call is
/// not answered.
constexpr std::chrono::microseconds kSoon{100};

}  // namespace

// A hint, and no wake-up hangs on it: the answer, when it is stored, looks itself whether the
// client sleeps (ChannelPage::answer), and so does the client whether it is answered.
bool Turns::is_over_for(const Channel& channel) const {
  return &channel == resting_ && !channel.is_client_asleep();
}

void Turns::answered(Channel& channel, bool asleep, bool rarely, unsigned cpu) {
  const bool beside = channel.client_cpu() != cpu;
  if (beside) beside_ = &channel;
  const bool was_coming = &channel == coming_;
  if (was_coming) coming_ = nullptr;
  if (!asleep) return;
  if (&channel == resting_) {
    resting_ = nullptr;
    left_ = true;
    return defer(channel);
  }
  if (beside || rarely) return channel.wake_client();
  came_back_ = came_back_ || was_coming;
  defer(channel);
}

void Turns::defer(Channel& channel) {
  // Its client may have slept enough, as after a signal, and have made another call.
  if (std::ranges::find(waiting_, &channel) == waiting_.end()) waiting_.push_back(&channel);
}

bool Turns::are_crowded() const { return came_back_ && beside_ == nullptr && !waiting_.empty(); }

void Turns::go_on(Clock::time_point now) {
  if (beside_ != nullptr) {
    beside_at_ = now;
    came_back_ = false;
  }
  if (waiting_.empty()) {
    began_ = now;
    resting_ = nullptr;
  } else if (end_turn(now)) {
    begin_turn(now);
  }
  beside_ = nullptr;
}

// True when nobody has a turn any more.
bool Turns::end_turn(Clock::time_point now) {
  if (std::exchange(left_, false) || std::exchange(came_back_, false)) return true;
  if (resting_ != nullptr) {
    if (now - asked_ < kSoon) return false;
    // It does not sleep: it has no call to wait for, or no CPU, or keeps no rules.
    resting_ = nullptr;
    return true;
  }
  if (beside_ != nullptr && now - began_ > kTurn) {
    resting_ = beside_;
    asked_ = now;
  }
  return now - beside_at_ > kSilence && (coming_ == nullptr || now - began_ > kSoon);
}

void Turns::begin_turn(Clock::time_point now) {
  coming_ = waiting_.front();
  waiting_.erase(waiting_.begin());
  began_ = now;
  coming_->wake_client();
}

void Turns::forget(Channel& channel) {
  if (std::erase(waiting_, &channel) != 0) channel.wake_client();
  for (Channel** each : {&beside_, &resting_, &coming_}) {
    if (*each == &channel) *each = nullptr;
  }
}

void Turns::end() {
  for (Channel* channel : waiting_) channel->wake_client();
  *this = {};
}

}  // namespace farcall::server
