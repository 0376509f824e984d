#include "connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "arena.h"
#include "descriptors.h"
#include "host.h"

namespace farcall::client {
namespace {

constinit Connection the_connection;

// Initial-exec: reached without a call that could take memory, in any context.
[[gnu::tls_model("initial-exec")]] constinit thread_local Thread the_thread;

constexpr std::size_t kPage = 4096;

}  // namespace

Connection& connection() { return the_connection; }
Thread& this_thread() { return the_thread; }

void Connection::install(const Link& link) {
  const Guard guard(mutex_);
  memory_.use_this_process();
  if (presence_ == nullptr) {
    const long page = host::map_memory(kPage);
    if (page > 0) {
      presence_ = new (reinterpret_cast<void*>(page)) Presence;
      host::wipe_on_fork(presence_, kPage);
    }
  }
  if (presence_ != nullptr) {
    presence_->here = 1;
    presence_->generation = ++generation_;
  }
  const int old = link_.fd;
  link_ = link;
  input_.reset();
  if (old >= 0 && old != link.fd) close_own(old);
  gate_.change_socket(link.fd);
  up_ = true;
}

bool Connection::is_inherited() const {
  return presence_ != nullptr && link_.fd >= 0 && presence_->here == 0;
}

bool Connection::is_up() {
  if (is_inherited()) return false;
  const Guard guard(mutex_);
  return up_;
}

Call* Connection::take_call(Thread* owner, Link* link, int* error) {
  *error = ENOTCONN;
  if (is_inherited()) return nullptr;
  const Guard guard(mutex_);
  if (!up_) return nullptr;
  *link = link_;
  Call* call = pool_.take(owner);
  if (call == nullptr) {
    *error = EAGAIN;
    return nullptr;
  }
  ++in_flight_;
  if (owner != nullptr) {
    gate_.quiet(*call);
    gate_.add_watcher(reader_ != nullptr);
  } else if (reader_ == nullptr && watcher_ != nullptr) {
    take_baton(this_thread());  // before the answer can come, or it would wake the watcher
  }
  return call;
}

Call* Connection::submit(const Request& request, int* error) {
  Link link;
  Call* call = take_call(nullptr, &link, error);
  if (call != nullptr) send_call(*call, link, request);
  return call;
}

void Connection::send_call(const Call& call, const Link& link, const Request& request) {
  const sysproxy::FrameHeader header{0, call.request, sysproxy::FrameClass::request, request.type,
                                     request.detail};
  if (send_request(link, header, request) != 0) lose();
}

long Connection::send_request(const Link& link, sysproxy::FrameHeader header,
                              const Request& request) {
  constexpr std::size_t kMostArguments = 8 * sizeof(std::uint64_t);
  const bool with_data = request.type == sysproxy::FrameType::syscall && link.max_data != 0 &&
                         request.size <= kMostArguments && data_crosses_with(request.detail);
  if (!with_data) return output_.send(link.fd, header, request.body, request.size, request.passed);
  CallInput input;
  input.collect({static_cast<int>(request.detail), request.body, request.size},
                std::min<std::size_t>(link.max_data, kMostDataOut), true, memory_);
  header.type = sysproxy::FrameType::call;
  return output_.send_call(link.fd, header,
                           {static_cast<const std::byte*>(request.body), request.size}, input);
}

bool Connection::wants_output(std::uint64_t request) {
  const Guard guard(mutex_);
  const Call* call = pool_.find(request);
  return call != nullptr && !call->abandoned;
}

void Connection::complete(Call& call, Call::Outcome outcome) {
  call.state = Call::State::done;
  call.outcome = outcome;
  --in_flight_;
  if (call.asynchronous) gate_.remove_watcher();
  if (call.abandoned) {
    pool_.give_back(call);
    return;
  }
  if (call.asynchronous) gate_.signal(call);
  if (!call.asleep && !call.watching) return;
  ++brought_;
  if (call.watching) watch_.ring();
  if (call.asleep) wake(call);
}

void Connection::deliver(const sysproxy::FrameHeader& header, std::span<const std::byte> body) {
  const Guard guard(mutex_);
  Call* call = pool_.find(header.request);
  if (call == nullptr) return;  // a nudge's, or of a call from before an exec
  call->body_size = std::min(body.size(), call->body.size());
  std::memcpy(call->body.data(), body.data(), call->body_size);
  call->detail = header.detail;
  const bool refused = header.frame_class == sysproxy::FrameClass::error;
  complete(*call, refused ? Call::Outcome::refused : Call::Outcome::answered);
}

bool Connection::on_frame(const sysproxy::FrameHeader& header, std::span<const std::byte> body) {
  if (header.frame_class == sysproxy::FrameClass::request) return serve(header, body);
  deliver(header, body);
  return true;
}

void Connection::lose() {
  const Guard guard(mutex_);
  lose_locked();
}

void Connection::lose_locked() {
  if (!up_) return;
  up_ = false;
  if (presence_ != nullptr) presence_->generation = 0;
  host::shutdown(link_.fd, SHUT_RDWR);  // ends the waits of those who read it
  channels_.wake_all();
  pool_.for_each([this](Call& call) {
    if (call.state == Call::State::in_flight) complete(call, Call::Outcome::lost);
  });
}

void Connection::finish(Call& call) {
  int raised = 0;
  {
    const Guard guard(mutex_);
    if (call.state == Call::State::in_flight) {
      if (call.in_channel) return abandon_in_channel(call);
      call.abandoned = true;
      return interrupt_locked(call);
    }
    raised = call.raised;
    pool_.give_back(call);
  }
  if (raised != 0) {
    host::kill_thread(static_cast<pid_t>(host::getpid()), static_cast<pid_t>(host::gettid()),
                      raised);
  }
}

bool Connection::hands_out() {
  const Guard guard(mutex_);
  return up_ && link_.connections;
}

BufferTerms Connection::buffer_terms() {
  const Guard guard(mutex_);
  if (!up_) return {};
  return {generation_, link_.max_buffers, link_.borrows};
}

/// True when the calling thread does, or has left it by siglongjmp.
bool Connection::waits_in(const Channel& channel) {
  const Thread& self = this_thread();
  bool own = self.channel == &channel;
  pool_.for_each([&](const Call& call) {
    own =
        own || (call.channel == &channel && call.owner == &self && call.state != Call::State::free);
  });
  return own && channel.is_used();
}

void Connection::reset_in_child() {
  close_all_own();
  gate_.forget();
  link_ = {};
  new (&mutex_) Mutex;
  new (&output_) Output;
  input_.reset();
  channels_.forget([this](const Channel& channel) { return waits_in(channel); });
  pool_.forget_all(this_thread());
  reader_ = robbed_ = nullptr;
  watch_.forget(is_watching(this_thread().waiting));
  watcher_ = nullptr;
  asleep_ = nullptr;
  freezer_ = nullptr;
  up_ = false;
  arena_of_process().forget();
  this_thread().channel = nullptr;
  pumping_ = 0;
  in_flight_ = 0;
}

int Connection::move_away(int fd) {
  const Guard guard(mutex_);
  if (gate_.has(fd)) return gate_.move_away(fd, pool_);
  const int moved = duplicate_high(fd);
  if (moved < 0) return moved;
  if (Channel* channel = channels_.find(fd); channel != nullptr) {
    if (!channel->move_away(fd, moved)) {
      close_own(moved);
      return -EBUSY;
    }
  }
  if (watch_.has(fd)) watch_.moved(moved);
  if (fd == link_.fd) {
    link_.fd = moved;
    gate_.move_socket(moved);
  }
  pool_.for_each([&](Call& call) {
    if (call.poll_fd == fd) call.poll_fd = moved;
    if (call.bell == fd) call.bell = moved;
  });
  disown(fd);
  return 0;
}

}  // namespace farcall::client
