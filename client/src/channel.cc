#include "channel.h"

#include <atomic>
#include <cerrno>
#include <cstring>

#include "connection.h"
#include "descriptors.h"
#include "farcall/host_numbers.h"
#include "farcall/may_sleep.h"
#include "host.h"
#include "netbsd/constants.h"

namespace farcall::client {
namespace {

constexpr std::int64_t kLook = 1'000'000'000;  // ns between looks at the stream

/// A word of the page that one side writes and the other reads.
template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

std::uint32_t after(std::uint32_t sequence) {
  return sequence == channel::kLast ? channel::kFirst : sequence + 1;
}

bool fits(const SystemCall& call) {
  constexpr std::size_t kSlot = sizeof(channel::Request::argument[0]);
  return call.size <= sizeof(channel::Request::argument) && call.size % kSlot == 0;
}

/// Numbers that no other call of this process has.
std::uint64_t next_request() {
  constinit static std::atomic<std::uint64_t> count{0};
  return channel::kRequestBits | (count.fetch_add(1, std::memory_order_relaxed) + 1);
}

}  // namespace

long Channel::create(std::uint32_t generation, bool with_event) {
  // Beyond the limit the file would cost the program a SIGXFSZ.
  if (host::file_size_limit() < channel::kChannelSize) return -EFBIG;
  const int memory =
      move_high(static_cast<int>(host::sealed_memory("farcall-channel", channel::kChannelSize)));
  if (memory < 0) return memory;
  const long address = host::map_shared(memory, channel::kChannelSize);
  if (address < 0 && address > -4096) {
    close_own(memory);
    return address;
  }
  const long event =
      with_event ? move_high(static_cast<int>(host::eventfd(0, O_CLOEXEC | O_NONBLOCK))) : -1;
  if (with_event && event < 0) {
    close_own(memory);
    host::unmap_memory(reinterpret_cast<void*>(address), channel::kChannelSize);
    return event;
  }
  event_ = static_cast<int>(event);
  expecting_ = awaited_ = orphan_ = false;
  generation_ = generation;
  sequence_ = channel::kNone;
  attention_ = 0;
  frame_ = nullptr;
  spinning_ = Spinning(!host::has_one_cpu());
  page_ = reinterpret_cast<channel::Page*>(address);
  page_->header = {channel::kMagic, channel::kVersion, channel::kChannelSize};
  area_.open(page_, memory);
  return 0;
}

void Channel::end_call() {
  if (frame_ != nullptr && is_sent() && !is_answered()) interrupt();
}

void Channel::close() {
  if (page_ == nullptr) return;
  shared(page_->request.state).store(channel::kClosed);
  host::shared_futex_wake(page_->request.state);
  area_.close();
  if (event_ >= 0) close_own(event_);
  event_ = -1;
  host::unmap_memory(page_, channel::kChannelSize);
  page_ = nullptr;
}

void Channel::forget(bool used) {
  area_.forget();
  event_ = -1;
  orphan_ = used && host::map_memory_at(page_, channel::kChannelSize) > 0;
  if (orphan_) {
    page_->response.closed = 1;
  } else {
    page_ = nullptr;
  }
}

/// True, and the channel is free, when it was one of the parent's in a child.
bool Channel::leave_orphan() {
  if (!orphan_) return false;
  host::unmap_memory(page_, channel::kChannelSize);
  page_ = nullptr;
  frame_ = nullptr;
  orphan_ = false;
  return true;
}

void Channel::wake() const {
  if (page_ == nullptr) return;
  // The word does not change, so who is just about to sleep misses this, and looks a second later.
  host::shared_futex_wake(page_->response.bell);
  const std::uint64_t one = 1;
  if (event_ >= 0) host::write(event_, &one, sizeof one);
}

bool Channel::is_sent() const {
  return shared(page_->request.state).load(std::memory_order_relaxed) == sequence_;
}

bool Channel::is_answered() const {
  return shared(page_->response.state).load(std::memory_order_acquire) == sequence_;
}

bool Channel::is_over() const {
  return shared(page_->response.closed).load(std::memory_order_acquire) != 0 ||
         connection().generation() != generation_;
}

/// True when the channel is free for a call of `frame`. One that siglongjmp left is ended first:
/// its thread goes on as if it were no more.
bool Channel::reclaim(const void* frame) {
  if (frame_ == nullptr) return true;
  if (frame_ > frame || host::on_alternate_stack() != 0) return false;
  frame_ = frame;
  return end_left_call();
}

/// False: it will not be answered.
bool Channel::end_left_call() {
  if (!is_sent() || is_answered()) return true;
  host::shared_futex_wake(page_->request.state);  // it may have been left just before that
  interrupt();
  return sleep({Patience::steadfast});
}

void Channel::leave(const void* stack) {
  if (frame_ == nullptr || frame_ >= stack) return;
  end_left_call();
  frame_ = nullptr;
}

/// True when the server slept, or spins, where this thread runs, which had better make room.
bool Channel::send(const SystemCall& call) {
  channel::Request& request = page_->request;
  sequence_ = after(sequence_);
  request.client_sleeps = 0;
  expecting_ = false;
  request.number = call.number;
  request.argument_count = static_cast<std::uint8_t>(call.size / sizeof request.argument[0]);
  request.input_extents = area_.bring(call);
  const std::uint16_t cpu = request.cpu = host::current_cpu();
  request.request = request_ = next_request();
  if (call.size != 0) std::memcpy(request.argument, call.arguments, call.size);
  shared(request.state).exchange(sequence_);  // a full fence, too
  if (shared(page_->response.server_sleeps).load(std::memory_order_relaxed) == 0) {
    return shared(page_->response.server_cpu).load(std::memory_order_relaxed) == cpu + 1U;
  }
  host::shared_futex_wake(request.state);
  return true;
}

Channel::End Channel::call(const SystemCall& call, Waiting waiting, int* error, long retval[2]) {
  const void* frame = __builtin_frame_address(0);
  // What no signal can end need not be told of one, and sleeps more cheaply.
  if (!may_sleep(static_cast<std::uint32_t>(call.number))) waiting.patience = Patience::steadfast;
  if (waiting.patience == Patience::once && event_ < 0) return End::elsewhere;
  if (!fits(call) || !reclaim(frame)) return End::elsewhere;
  frame_ = frame;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const Spinning::Ticks begin = Spinning::now();
  if (!send(call)) spin(call.number);
  const bool answered = sleep(waiting);
  if (leave_orphan()) {
    *error = NB_EINTR;
    return End::answered;
  }
  spinning_.learn(call.number, Spinning::now() - begin);
  const int raised = answered ? take_answer(error, retval) : 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  frame_ = nullptr;
  follow_attention();
  if (raised != 0) {
    host::kill_thread(static_cast<pid_t>(host::getpid()), static_cast<pid_t>(host::gettid()),
                      raised);
  }
  return answered ? End::answered : End::lost;
}

void Channel::spin(int number) {
  const Spinning::Ticks limit = Spinning::now() + spinning_.limit(number);
  while (!is_answered() && Spinning::now() < limit) __builtin_ia32_pause();
}

/// False: it will not be answered.
bool Channel::sleep(Waiting waiting) {
  while (!is_answered()) {
    if (is_over()) {
      if (is_answered()) break;  // the last answer comes before the end
      const SignalsBlocked blocked;
      connection().lose(generation_);
      return false;
    }
    const long result = sleep_once(waiting);
    follow_attention();
    if (result == -ETIMEDOUT) look_at_stream();
    if (result == -EINTR && waiting.patience != Patience::steadfast && !is_answered()) {
      waiting.patience = Patience::steadfast;
      interrupt();
    }
  }
  return true;
}

bool Channel::await_answer() {
  awaited_ = true;
  const bool answered = sleep({Patience::steadfast});
  awaited_ = false;
  return !leave_orphan() && answered;
}

long Channel::sleep_once(Waiting waiting) {
  channel::Response& response = page_->response;
  const bool on_event = waiting.open != nullptr && event_ >= 0;
  const std::uint32_t bell = shared(response.bell).load(std::memory_order_acquire);
  // A full fence, too.
  shared(page_->request.client_sleeps)
      .exchange(on_event ? channel::kAwaitsEvent : channel::kSleeps);
  long result = 0;
  if (is_quiet()) {
    result = on_event ? sleep_on_event(*waiting.open)
                      : host::shared_futex_wait(response.bell, bell, kLook,
                                                waiting.patience == Patience::restarts);
  }
  shared(page_->request.client_sleeps).store(0, std::memory_order_relaxed);
  return result;
}

long Channel::sleep_on_event(host::SignalSet open) const {
  constexpr timespec kLimit{kLook / 1'000'000'000, kLook % 1'000'000'000};
  pollfd entry{event_, POLLIN, 0};
  const long ready = host::ppoll(&entry, 1, &kLimit, &open);
  if (ready > 0) {
    const SignalsBlocked blocked;
    connection().drain_event(*this);
  }
  return ready == 0 ? -ETIMEDOUT : ready;
}

/// True when there is nothing to be seen yet of what a sleep is to end by.
bool Channel::is_quiet() const {
  const std::uint32_t attention = shared(page_->response.attention).load(std::memory_order_relaxed);
  return attention == attention_ && !is_answered() && !is_over();
}

void Channel::interrupt() const {
  const SignalsBlocked blocked;
  connection().interrupt_request(request_);
}

void Channel::follow_attention() {
  const std::uint32_t seen = shared(page_->response.attention).load(std::memory_order_relaxed);
  if (seen == attention_) return;
  attention_ = seen;
  look_at_stream();
}

void Channel::look_at_stream() {
  const SignalsBlocked blocked;
  connection().attend();
}

// The server may be executing already when the program goes on to other descriptors.
bool Channel::begin(const SystemCall& call) {
  if (!fits(call)) return false;
  if (!send(call)) spin(call.number);
  return true;
}

void Channel::expect_event() {
  expecting_ = true;
  shared(page_->request.client_sleeps).exchange(channel::kAwaitsEvent);  // a full fence, too
  const std::uint64_t one = 1;
  if (!is_quiet()) host::write(event_, &one, sizeof one);
}

void Channel::quiet_event() {
  if (!expecting_) return;
  drain_event();
  attention_ = shared(page_->response.attention).load(std::memory_order_relaxed);
}

void Channel::drain_event() const {
  std::uint64_t count = 0;
  host::read(event_, &count, sizeof count);
}

bool Channel::move_away(int fd, int moved) {
  if (fd != event_) return area_.move_away(moved);
  event_ = moved;
  return true;
}

int Channel::take_answer(int* error, long retval[2]) {
  const channel::Response& response = page_->response;
  *error = response.error;
  if (*error == 0) {
    retval[0] = response.result[0];
    retval[1] = response.result[1];
  }
  if (!area_.take(response.output_extents) && *error == 0) *error = NB_EFAULT;
  return signal_from_netbsd(response.signal);
}

}  // namespace farcall::client
