#include "server/channel.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "netbsd/constants.h"
#include "server/bound_lwp.h"
#include "server/executing.h"
#include "server/session.h"

namespace farcall::server {
namespace {

/// Looks at the page between two looks at the clock.
constexpr int kLooks = 64;
/// A sleep that nobody ends is looked after now and then, in case somebody who shares the page
/// undid what was to end it.
constexpr std::chrono::seconds kLongSleep{60};

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Channel::Channel(Session& session, std::unique_ptr<ChannelPage> page)
    : session_(session), page_(std::move(page)) {
  request_.header.frame_class = sysproxy::FrameClass::request;
  request_.header.type = sysproxy::FrameType::syscall;
  request_.channel = this;
}

void Channel::run() {
  const auto& kernel = session_.services().kernel;
  kernel.set_sleep_hook([](void* channel) { static_cast<Channel*>(channel)->cool_down(); }, this);
  placement_.emplace();
  {
    BoundLwp bound(session_);
    while (const auto sequence = next()) {
      busy_ = true;
      serve(*sequence, bound);
      busy_ = false;
      session_.channel_idle();
    }
  }
  cool_down();
  kernel.set_sleep_hook(nullptr, nullptr);
  page_->close();
}

// ---- waiting

bool Channel::has_news() const { return page_->request_state() != sequence_ || stop_; }

// The next request's sequence number, none when there will be no more.
std::optional<std::uint32_t> Channel::next() {
  if (!spin()) sleep();
  const std::uint32_t state = page_->request_state();
  if (stop_ || state == channel::kClosed || state == channel::kNone) return std::nullopt;
  sequence_ = state;
  return state;
}

// True when something has come.
bool Channel::spin() {
  if (has_news()) return true;
  if (!has_slot_) {
    if (!patience_.has_hope() || !session_.services().spin_slots.take()) return false;
    has_slot_ = true;
    placement_->leave(client_cpu_);
  }
  const auto begin = Patience::Clock::now();
  for (;;) {
    for (int i = 0; i < kLooks; ++i) {
      if (has_news()) {
        patience_.learn(std::chrono::nanoseconds{0});
        return true;
      }
      relax();
    }
    if (Patience::Clock::now() - begin > Patience::kWorthwhile) return false;
  }
}

void Channel::sleep() {
  const auto begin = Patience::Clock::now();
  cool_down();
  if (sequence_ != channel::kNone) placement_->join(client_cpu_);
  while (!has_news()) page_->sleep(sequence_, kLongSleep);
  patience_.learn(Patience::Clock::now() - begin);
}

// Others may spin instead.
void Channel::cool_down() {
  if (std::exchange(has_slot_, false)) session_.services().spin_slots.give_back();
}

// ---- calls

void Channel::serve(std::uint32_t sequence, BoundLwp& bound) {
  sysproxy::SyscallResponse response{};
  if (read_call()) {
    const ExecutingScope scope(session_, request_);
    response = bound.execute(
        request_,
        [this](const Executor& executor) {
          const std::lock_guard lock(mutex_);
          executor_ = executor;
          if (interrupted_ == request_.header.request) {
            session_.interrupt_at_begin(interrupted_, executor);
          }
        },
        [this] {
          const std::lock_guard lock(mutex_);
          executor_ = {};
        });
  } else {
    response.error = NB_EINVAL;
  }
  page_->answer(sequence, response, request_.signal);
}

// Makes the request of what the page says. False: no call can be like this.
bool Channel::read_call() {
  const ChannelPage::Call call = page_->call();
  client_cpu_ = call.cpu;
  request_.signal = 0;
  request_.header.detail = call.number;
  std::copy(std::begin(call.arguments), std::end(call.arguments), request_.args.begin());
  const std::lock_guard lock(mutex_);
  request_.header.request = call.request;
  return call.argument_count <= kMaxSyscallArgs &&
         (call.request & channel::kRequestBits) == channel::kRequestBits;
}

void Channel::answer_last() { page_->answer(sequence_, {}, 0); }

// ---- from outside

void Channel::stop_locked() {
  request_.cancelled = true;
  stop_ = true;
  page_->end_sleep();
}

std::optional<std::uint32_t> Channel::executing() {
  const std::lock_guard lock(mutex_);
  if (executor_.target == nullptr) return std::nullopt;
  return request_.header.detail;
}

bool Channel::interrupt(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (executor_.target != nullptr) return request_.header.request == number;
  if (page_->request_number() == number) interrupted_ = number;
  return false;
}

void Channel::interrupt_executing(std::uint64_t number) {
  const auto& kernel = session_.services().kernel;
  StandIn* stand_in = nullptr;
  {
    const CpuScope cpu(*kernel.up);
    const std::lock_guard lock(mutex_);
    if (executor_.target == nullptr || request_.header.request != number) return;
    stand_in = server::interrupt(kernel, executor_);
  }
  if (stand_in != nullptr) stand_in->interrupt();
}

}  // namespace farcall::server
