#include "server/poller.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "farcall/may_sleep.h"
#include "server/channel.h"
#include "server/channel_page.h"
#include "server/placement.h"
#include "server/processor.h"

namespace farcall::server {
namespace {

/// Threads of one poller: the leader, a spare one, and those whose calls sleep in the kernel.
constexpr std::size_t kMaxThreads = 16;
/// Looks at pages between two looks at the clock.
constexpr unsigned kLooks = 64;
/// One look of so many is at another channel than the busiest.
constexpr unsigned kShare = 8;
/// A channel without a call for two of these is given back.
constexpr std::chrono::milliseconds kPeriod{10};
/// How long a leader may execute one call. It is taken to be stuck after that, or twice that.
constexpr std::chrono::milliseconds kStuck{10};

}  // namespace

struct Poller::Seat {
  Poller& poller;
  Placement placement{};
  bool leads = false;
  std::uint64_t turn = 0;
};

Poller::~Poller() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool Poller::take_over(Channel& channel) {
  const std::lock_guard lock(mutex_);
  if (!led_ && spare_threads_ == 0 && !add_thread_locked()) return false;
  arrivals_.push_back(&channel);
  arrived_ = true;
  ++size_;
  if (!led_) changed_.notify_one();
  return true;
}

// ---- threads

void Poller::run() {
  Seat seat{*this};
  kernel_.set_sleep_hook(
      [](void* arg) {
        auto& sleeper = *static_cast<Seat*>(arg);
        sleeper.poller.about_to_sleep(sleeper);
      },
      &seat);
  while (await_lead(seat)) lead(seat);
  kernel_.set_sleep_hook(nullptr, nullptr);
}

bool Poller::add_thread_locked() {
  if (threads_ == kMaxThreads || !group_.start("farcall-poller", [this] { run(); })) return false;
  ++threads_;
  return true;
}

bool Poller::is_vacant_locked() const {
  return !led_ && (!arrivals_.empty() || !channels_.empty());
}

// False: the thread shall end.
bool Poller::await_lead(Seat& seat) {
  std::unique_lock lock(mutex_);
  has_spare_ = ++spare_threads_ != 0;
  bool taken = false;
  while (!stopping_ && !is_vacant_locked() && !taken) {
    if (!led_ || watched_) {
      changed_.wait(lock);
    } else {
      watch_locked(lock);
      taken = led_ && take_from_stuck_locked();
    }
  }
  has_spare_ = --spare_threads_ != 0;
  if (stopping_) return false;
  led_ = seat.leads = awake_ = true;
  seat.turn = turn_;
  // Somebody is to watch, and to take the lead when a call sleeps.
  if (spare_threads_ == 0) {
    static_cast<void>(add_thread_locked());
  } else if (!watched_) {
    changed_.notify_one();
  }
  return true;
}

void Poller::watch_locked(std::unique_lock<std::mutex>& lock) {
  watched_ = true;
  watched_turn_ = turn_;
  changed_.wait_for(lock, kStuck);
  watched_ = false;
}

// The leader is in the call that it was in a while ago: it loses the lead, and that channel.
bool Poller::take_from_stuck_locked() {
  std::uint64_t turn = watched_turn_;
  if (turn % 2 == 0 || !turn_.compare_exchange_strong(turn, turn + 1)) return false;
  forget(*serving_);
  return true;
}

// ---- the leader

void Poller::lead(Seat& seat) {
  idle_since_ = period_began_ = Clock::now();
  found_ = true;
  take_place(seat);
  for (;;) {
    if (arrived_.load(std::memory_order_relaxed)) take_arrivals();
    Channel* channel = look();
    if (channel != nullptr) {
      found_ = true;
      serve(seat, *channel);
      if (!seat.leads) return;
    } else {
      relax();
    }
    if (++looks_ % kLooks == 0 && !keep_house(seat)) return;
  }
}

// Where another one led, when it sleeps in a call now; otherwise off the first client's CPU.
void Poller::take_place(Seat& seat) {
  const bool succeeds = !channels_.empty();
  take_arrivals();
  if (succeeds) {
    seat.placement.join(cpu_);
  } else if (latest_ != nullptr) {
    seat.placement.leave(latest_->client_cpu());
  }
  cpu_ = current_cpu();
}

void Poller::take_arrivals() {
  {
    const std::lock_guard lock(mutex_);
    for (Channel* channel : arrivals_) channel->last_served = period_;
    channels_.insert(channels_.end(), arrivals_.begin(), arrivals_.end());
    arrivals_.clear();
    arrived_ = false;
  }
  if (!channels_.empty()) latest_ = channels_.back();
}

// Who called last is likely to call next, and is looked at most; but not only, however often it
// calls.
Channel* Poller::look() {
  if (latest_ != nullptr && looks_ % kShare != 0 && latest_->has_news()) return latest_;
  if (channels_.empty()) return nullptr;
  if (++next_ >= channels_.size()) next_ = 0;
  return channels_[next_]->has_news() ? channels_[next_] : nullptr;
}

void Poller::serve(Seat& seat, Channel& channel) {
  if (channel.is_ending() || (!has_spare_ && may_sleep(channel.next_call()))) {
    forget(channel);
    return give_back(channel);
  }
  if (turns_.is_over_for(channel)) return;
  latest_ = serving_ = &channel;
  const bool rarely = period_ - std::exchange(channel.last_served, period_) > 1;
  turn_.store(++seat.turn, std::memory_order_release);
  const bool asleep = channel.serve();
  if (!end_turn(seat)) {
    if (asleep) channel.wake_client();
    return hand_in(channel);
  }
  turns_.answered(channel, asleep, rarely, cpu_);
}

// False: another thread leads, and the channel that was served is this thread's alone.
bool Poller::end_turn(Seat& seat) {
  std::uint64_t turn = seat.turn;
  seat.leads = seat.leads && turn_.compare_exchange_strong(turn, turn + 1);
  ++seat.turn;
  return seat.leads;
}

// In the midst of a call, which may hold whatever the kernel's waits hold.
void Poller::about_to_sleep(Seat& seat) {
  if (!seat.leads || !end_turn(seat)) return;
  seat.leads = false;
  forget(*serving_);
  std::vector<Channel*> left;
  {
    const std::lock_guard lock(mutex_);
    led_ = awake_ = false;
    if (spare_threads_ == 0) {
      turns_.end();
      left.swap(channels_);
      left.insert(left.end(), arrivals_.begin(), arrivals_.end());
      arrivals_.clear();
    } else if (is_vacant_locked()) {
      changed_.notify_one();
    }
  }
  for (Channel* channel : left) give_back(*channel);
}

// After a call that has lost the thread the lead.
void Poller::hand_in(Channel& channel) {
  if (channel.is_ending()) return give_back(channel);
  channel.leave();
  const std::lock_guard lock(mutex_);
  arrivals_.push_back(&channel);
  arrived_ = true;
}

// ---- from time to time

// False: nothing is to be expected, and the thread does not lead any more.
bool Poller::keep_house(Seat& seat) {
  const auto now = Clock::now();
  if (turns_.are_crowded()) {
    seat.placement.leave(cpu_);
    cpu_ = current_cpu();
  }
  turns_.go_on(now);
  if (now - period_began_ > kPeriod) {
    period_began_ = now;
    ++period_;
    drop_stale();
  }
  if (found_ || !turns_.waiting().empty()) {
    found_ = false;
    idle_since_ = now;
    return true;
  }
  return now - idle_since_ < Patience::kWorthwhile || !retire(seat);
}

void Poller::drop_stale() {
  for (Channel* channel : turns_.waiting()) channel->last_served = period_;
  const auto dropped = std::partition(
      channels_.begin(), channels_.end(),
      [this](const Channel* channel) { return period_ - channel->last_served <= 2; });
  if (dropped == channels_.end()) return;
  const std::vector<Channel*> stale(dropped, channels_.end());
  channels_.erase(dropped, channels_.end());
  for (Channel* channel : stale) {
    forget(*channel);
    give_back(*channel);
  }
}

// Sleeps from now on. False: there is something to do after all.
bool Poller::retire(Seat& seat) {
  turns_.end();
  latest_ = nullptr;
  std::vector<Channel*> left;
  left.swap(channels_);
  for (Channel* channel : left) give_back(*channel);
  const std::lock_guard lock(mutex_);
  if (!arrivals_.empty()) return false;
  led_ = awake_ = seat.leads = false;
  return true;
}

void Poller::give_back(Channel& channel) {
  --size_;
  channel.leave();
  channel.give_back();
}

// It is no more the leader's.
void Poller::forget(Channel& channel) {
  std::erase(channels_, &channel);
  turns_.forget(channel);
  if (latest_ == &channel) latest_ = nullptr;
}

// ---- all of them

Pollers::Pollers(const KernelInterface& kernel, int count) {
  if (!ChannelPage::can_sleep_beside()) return;
  for (int i = 0; i < count; ++i) pollers_.push_back(std::make_unique<Poller>(kernel));
}

Poller* Pollers::choose() const {
  const auto least = std::ranges::min_element(pollers_, std::less{},
                                              [](const auto& poller) { return poller->size(); });
  return least == pollers_.end() ? nullptr : least->get();
}

bool Pollers::are_awake() const {
  return std::ranges::all_of(pollers_, [](const auto& poller) { return poller->is_awake(); });
}

}  // namespace farcall::server
