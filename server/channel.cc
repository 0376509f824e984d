#include "server/channel.h"

#include <algorithm>
#include <iterator>

#include "netbsd/constants.h"
#include "server/executing.h"
#include "server/poller.h"
#include "server/session.h"
#include "server/time_slice.h"

namespace farcall::server {
namespace {

/// A sleep that nobody ends is looked after now and then, in case somebody who shares the page
/// undid what was to end it.
constexpr std::chrono::seconds kLongSleep{60};

}  // namespace

Channel::Channel(Session& session, std::unique_ptr<ChannelPage> page)
    : session_(session), page_(std::move(page)), lwp_(session) {
  request_.header.frame_class = sysproxy::FrameClass::request;
  request_.header.type = sysproxy::FrameType::syscall;
  request_.channel = this;
  request_.data = &data_;
}

void Channel::run() {
  placement_.emplace();
  run_when_woken();
  while (await_call()) {
    if (serve()) wake_client();
    consider_poller();
  }
  lwp_.unbind();
  page_->close();
}

// ---- the keeper's waiting

bool Channel::has_news() const {
  return page_->request_state() != sequence_.load(std::memory_order_relaxed) || stop_;
}

bool Channel::is_ending() const {
  const std::uint32_t state = page_->request_state();
  return stop_ || state == channel::kClosed || state == channel::kNone;
}

// False when there will be no more.
bool Channel::await_call() {
  while (is_pollers(owner_) || !has_news()) sleep();
  page_->mark_awake();
  patience_.learn(pause_between(answered_, ticks()));
  return !is_ending();
}

void Channel::sleep() {
  // The word first: what comes after that changes it, or the page.
  const std::uint32_t owner = owner_;
  if (is_pollers(owner)) {
    page_->sleep_beside(page_->request_state(), owner_, owner, kLongSleep);
    return;
  }
  const std::uint32_t last = sequence_.load(std::memory_order_relaxed);
  // Not after one that the host moves about: each time would cost as much as a wake-up.
  if (client_stays_) placement_->join(client_cpu_);
  page_->sleep(last, kLongSleep);
}

// Gives the channel to a poller when that pays, and when it polls anyway: one channel more costs it
// next to nothing, and a client on a busy machine cannot show in time how often it calls.
void Channel::consider_poller() {
  answered_ = ticks();
  Pollers& pollers = session_.services().pollers;
  if (!lwp_.exists() || !(pollers.are_awake() || patience_.is_worth_polling())) return;
  Poller* poller = pollers.choose();
  if (poller == nullptr) return;
  lwp_.leave();
  owner_.fetch_add(1);
  if (!poller->take_over(*this)) owner_.fetch_add(1);
}

void Channel::give_back() {
  const auto self = shared_from_this();  // The keeper may end it at once.
  answered_ = ticks();
  // The mark before the last look: a call that comes later wakes the keeper itself.
  page_->mark_sleeping();
  owner_.fetch_add(1);
  if (has_news()) wake_up(owner_);
}

// ---- calls

bool Channel::serve() {
  const std::uint32_t state = page_->request_state();
  if (state == channel::kClosed || state == channel::kNone) return false;
  busy_ = true;
  sequence_.store(state, std::memory_order_relaxed);
  sysproxy::SyscallResponse response{};
  if (!read_call()) {
    response.error = NB_EINVAL;
  } else if (request_.header.detail == channel::kInterrupt) {
    response.error = session_.interrupt_now(request_.args[0]) ? 0 : NB_ENOSYS;
  } else {
    response = execute();
  }
  page_->set_output(data_.output());
  const bool asleep = page_->answer(state, response, request_.signal);
  busy_ = false;
  session_.channel_idle();
  return asleep;
}

sysproxy::SyscallResponse Channel::execute() {
  const ExecutingScope scope(session_, request_);
  return lwp_.execute(
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
}

// Makes the request of what the page says. False: no call can be like this.
bool Channel::read_call() {
  const ChannelPage::Call call = page_->call();
  client_stays_ = client_cpu_ == call.cpu;
  client_cpu_ = call.cpu;
  request_.signal = 0;
  request_.header.detail = call.number;
  std::copy(std::begin(call.arguments), std::end(call.arguments), request_.args.begin());
  read_input(call.input_extents, call.number);
  const std::lock_guard lock(mutex_);
  request_.header.request = call.request;
  return call.argument_count <= kMaxSyscallArgs &&
         (call.request & channel::kRequestBits) == channel::kRequestBits;
}

void Channel::read_input(std::size_t extents, std::uint32_t number) {
  std::array<DataExtent, kMaxExtents> input;
  extents = page_->input(extents, input);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < extents; ++i) bytes += input[i].length;
  const auto area = page_->area();
  output_.space = area.subspan(std::min(channel::output_begin(bytes), area.size()));
  data_.begin(std::span(input).first(extents), area.data(),
              defers_output(number) ? &output_ : nullptr);
}

void Channel::answer_last() {
  page_->set_output({});
  if (page_->answer(sequence_.load(std::memory_order_relaxed), {}, 0)) wake_client();
}

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

StandIn* Channel::interrupt_executing(std::uint64_t number) {
  const auto& kernel = session_.services().kernel;
  const CpuScope cpu(*kernel.up);
  const std::lock_guard lock(mutex_);
  if (executor_.target == nullptr || request_.header.request != number) return nullptr;
  return server::interrupt(kernel, executor_);
}

}  // namespace farcall::server
