// Calls that are submitted and awaited apart: by which way they go, and how their ends are noticed.
#include <cstring>

#include "connection.h"
#include "descriptors.h"
#include "host.h"

namespace farcall::client {

Call* Connection::begin(const SystemCall& system_call, int* error) {
  Thread& self = this_thread();
  Link link;
  Call* call = take_call(&self, &link, error);
  if (call == nullptr) return nullptr;
  watch_thread_exit();
  if (Channel* channel = channel_for(*call); channel != nullptr) {
    call->in_channel = true;
    if (channel->begin(system_call)) return call;
    call->in_channel = false;
  }
  const Request request{sysproxy::FrameType::syscall,
                        static_cast<std::uint32_t>(system_call.number), system_call.arguments,
                        system_call.size};
  send_call(*call, link, request);
  return call;
}

/// The channel of the call's slot, which it gets for its second call on a connection, or nullptr.
Channel* Connection::channel_for(Call& call) {
  if (wants_channel(call)) {
    Channel* channel = open_channel(host::kAllSignals);
    const Guard guard(mutex_);
    drop_channel(call);
    call.channel = channel;
  }
  return call.channel;
}

/// The slot has no channel any more, and no descriptor that knows of it.
void Connection::drop_channel(Call& call) {
  if (call.channel != nullptr) call.channel->close();
  call.channel = nullptr;
  if (call.poll_fd >= 0) close_own(call.poll_fd);
  call.poll_fd = -1;
  call.signalled = false;
}

bool Connection::wants_channel(Call& call) {
  const Guard guard(mutex_);
  if (call.channel != nullptr && call.channel->generation() != generation_) drop_channel(call);
  const bool first = call.called != generation_;
  call.called = generation_;
  if (first || call.asked == generation_ || !up_ || !link_.channel_events) return false;
  call.asked = generation_;
  return link_.max_channels != 0;
}

int Connection::poll_descriptor(Call& call) {
  const Guard guard(mutex_);
  if (call.in_channel) call.channel->expect_event();
  return gate_.descriptor(call, link_.fd);
}

/// True when the call's answer was in its channel.
bool Connection::take_answer(Call& call) {
  Channel& channel = *call.channel;
  {
    const Guard guard(mutex_);
    channel.quiet_event();
  }
  if (!channel.is_answered()) {
    const bool over = channel.is_over();
    // The last answer comes before the end.
    if (!over || !channel.is_answered()) {
      if (over) lose(channel.generation());
      return false;
    }
  }
  sysproxy::SyscallResponse response{};
  long result[2] = {0, 0};
  int error = 0;
  const int raised = channel.take_answer(&error, result);
  response.error = error;
  response.result[0] = result[0];
  response.result[1] = result[1];
  const Guard guard(mutex_);
  call.in_channel = false;
  if (call.state == Call::State::in_flight) {
    --in_flight_;
    gate_.remove_watcher();
  }
  call.state = Call::State::done;
  call.outcome = Call::Outcome::answered;
  call.raised = raised;
  std::memcpy(call.body.data(), &response, sizeof response);
  call.body_size = sizeof response;
  return true;
}

/// Asks through the thread's own channel, which the server sees at once. False: it is not free.
bool Connection::interrupt_by_channel(Call& call) {
  const Thread& self = this_thread();
  Channel* own = self.channel;
  if (own == nullptr || own->generation() != generation() || self.waiting != nullptr) return false;
  const std::uint64_t request = call.channel->request();
  long result[2];
  int error = 0;
  const SystemCall interrupt{channel::kInterrupt, &request, sizeof request};
  if (own->call(interrupt, {Patience::steadfast}, &error, result) != Channel::End::answered ||
      error != 0) {
    return false;
  }
  const Guard guard(mutex_);
  call.interrupt_sent = true;
  return true;
}

void Connection::await_end(Call& call, host::SignalSet open) {
  if (!call.in_channel) return await(call, Patience::steadfast, open);
  host::set_signal_mask(open);
  call.channel->await_answer();
  host::set_signal_mask(host::kAllSignals);
  // A handler may have forked: in the child this call is over.
  if (!call.in_channel || take_answer(call)) return;
  const Guard guard(mutex_);
  if (call.state == Call::State::in_flight) complete(call, Call::Outcome::lost);
}

/// The server ends the call, and finds that nobody uses the channel any more.
void Connection::abandon_in_channel(Call& call) {
  interrupt_locked(call);
  drop_channel(call);
  call.asked = 0;
  call.in_channel = false;
  call.abandoned = true;
  if (call.state == Call::State::in_flight) {
    complete(call, Call::Outcome::interrupted);
  } else {
    pool_.give_back(call);
  }
}

void Connection::abandon_calls() {
  if (is_inherited()) return;
  const Thread& self = this_thread();
  const Guard guard(mutex_);
  pool_.for_each([&](Call& call) {
    if (call.state == Call::State::free || !call.asynchronous || call.owner != &self) return;
    if (call.in_channel) {
      abandon_in_channel(call);
    } else if (call.state == Call::State::done) {
      pool_.give_back(call);
    } else {
      call.abandoned = true;
      interrupt_locked(call);
    }
  });
}

}  // namespace farcall::client
