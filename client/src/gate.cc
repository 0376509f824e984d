#include "gate.h"

#include <sys/epoll.h>

#include <cerrno>

#include "channel.h"
#include "descriptors.h"
#include "host.h"

namespace farcall::client {
namespace {

long control(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  return host::epoll_control(epoll, operation, fd, &event);
}

std::uint32_t watching(bool on) { return on ? std::uint32_t{EPOLLIN} : 0; }

}  // namespace

int Gate::ensure(int socket) {
  if (gate_ >= 0) return 0;
  const int always = move_high(static_cast<int>(host::eventfd(1, O_CLOEXEC)));
  if (always < 0) return always;
  const int gate = move_high(static_cast<int>(host::epoll_create()));
  if (gate < 0) {
    close_own(always);
    return gate;
  }
  gate_ = gate;
  always_ = always;
  change_socket(socket);
  return 0;
}

int Gate::descriptor(Call& call, int socket) {
  if (call.poll_fd < 0) {
    if (const int error = ensure(socket); error < 0) return error;
    const int fd = move_high(static_cast<int>(host::epoll_create()));
    if (fd < 0) return fd;
    control(fd, EPOLL_CTL_ADD, gate_, EPOLLIN);
    control(fd, EPOLL_CTL_ADD, always_, 0);
    if (call.channel != nullptr) control(fd, EPOLL_CTL_ADD, call.channel->event(), EPOLLIN);
    call.poll_fd = fd;
  }
  if (call.state == Call::State::done) signal(call);
  return call.poll_fd;
}

int Gate::watched(int socket) {
  const int error = ensure(socket);
  return error < 0 ? error : gate_;
}

void Gate::add_watcher(bool reading) {
  ++watchers_;
  follow(reading);
}

void Gate::set_open(bool open) {
  open_ = open;
  if (gate_ >= 0) control(gate_, EPOLL_CTL_MOD, socket_, watching(open));
}

void Gate::signal(Call& call) {
  if (call.poll_fd < 0 || call.signalled) return;
  call.signalled = true;
  control(call.poll_fd, EPOLL_CTL_MOD, always_, EPOLLIN);
}

void Gate::quiet(Call& call) {
  if (!call.signalled) return;
  call.signalled = false;
  control(call.poll_fd, EPOLL_CTL_MOD, always_, 0);
}

void Gate::change_socket(int socket) {
  socket_ = socket;
  if (gate_ >= 0) control(gate_, EPOLL_CTL_ADD, socket_, watching(open_));
}

void Gate::forget() {
  gate_ = always_ = socket_ = -1;
  open_ = false;
  watchers_ = 0;
}

int Gate::move_away(int fd, CallPool& calls) {
  const int moved = duplicate_high(fd);
  if (moved < 0) return moved;
  const bool is_gate = fd == gate_;
  (is_gate ? gate_ : always_) = moved;
  // A member is known by its number too.
  calls.for_each([&](Call& call) {
    if (call.poll_fd < 0) return;
    control(call.poll_fd, EPOLL_CTL_DEL, fd, 0);
    control(call.poll_fd, EPOLL_CTL_ADD, moved, watching(is_gate || call.signalled));
  });
  disown(fd);
  return 0;
}

void Gate::move_socket(int socket) {
  if (gate_ >= 0) control(gate_, EPOLL_CTL_DEL, socket_, 0);
  change_socket(socket);
}

}  // namespace farcall::client
