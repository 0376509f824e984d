// A channel's begin and end. Its thread asks for it by its second call, as many a thread makes but
// one, and lets it go when it ends.
#include <pthread.h>

#include <cerrno>
#include <cstring>

#include "connection.h"
#include "descriptors.h"
#include "host.h"
#include "lock.h"

namespace farcall::client {
namespace {

// A key's destructor is how the C library tells that a thread ends. 0: not made yet; else key + 1.
constinit std::atomic<unsigned> the_key{0};

void on_thread_exit(void*) {
  const SignalsBlocked blocked;
  connection().close_channel();
  connection().abandon_calls();
  this_thread().end_watched = false;
}

}  // namespace

bool watch_thread_exit() {
  if (this_thread().end_watched) return true;
  constexpr unsigned kWithinThread = 32;  // glibc keeps that many values in the thread itself
  unsigned known = the_key;
  if (known == 0) {
    pthread_key_t key = 0;
    if (pthread_key_create(&key, on_thread_exit) != 0) return false;
    if (the_key.compare_exchange_strong(known, key + 1)) {
      known = key + 1;
    } else {
      pthread_key_delete(key);
    }
  }
  const pthread_key_t key = known - 1;
  return this_thread().end_watched = key < kWithinThread && pthread_setspecific(key, &the_key) == 0;
}

bool Connection::wants_channel(Thread& self) {
  const Guard guard(mutex_);
  const bool first = self.called != generation_;
  self.called = generation_;
  if (first || self.asked == generation_ || !up_) return false;
  self.asked = generation_;
  return link_.max_channels != 0 && host::can_restart_futex_wait();
}

void Connection::consider_channel(host::SignalSet open) {
  if (is_inherited() || !wants_channel(this_thread())) return;
  close_channel();  // of an earlier connection
  if (watch_thread_exit()) this_thread().channel = open_channel(open);
}

/// With an eventfd where the server grants that. nullptr: the server, or the host, has none for us.
Channel* Connection::open_channel(host::SignalSet open) {
  Channel* channel = nullptr;
  Request request{sysproxy::FrameType::channel_open, 0, nullptr, 0};
  {
    const Guard guard(mutex_);
    if (up_) channel = channels_.find_free(link_.max_channels);
    if (channel == nullptr || channel->create(generation_, link_.channel_events) != 0)
      return nullptr;
    if (link_.channel_events) request.detail = channel::kWithEvent;
    request.passed = channel->descriptors();
  }
  int error = 0;
  std::int32_t answer = -1;
  if (Call* call = submit(request, &error); call != nullptr) {
    await(*call, Patience::steadfast, open);
    if (call->outcome == Call::Outcome::answered && call->body_size >= sizeof answer)
      std::memcpy(&answer, call->body.data(), sizeof answer);
    finish(*call);
  }
  if (answer == 0) return channel;
  close_channel(*channel);
  return nullptr;
}

void Connection::lose(std::uint32_t generation) {
  const Guard guard(mutex_);
  if (generation == generation_) lose_locked();
}

void Connection::close_channel() {
  Channel*& channel = this_thread().channel;
  if (channel == nullptr || is_inherited()) return;  // a child of fork has not got the page
  if (channel->generation() == generation()) channel->end_call();
  close_channel(*channel);
  channel = nullptr;
}

void Connection::drain_event(const Channel& channel) {
  const Guard guard(mutex_);
  channel.drain_event();
}

void Connection::close_channel(Channel& channel) {
  const Guard guard(mutex_);
  channel.close();
}

}  // namespace farcall::client
