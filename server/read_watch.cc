#include "server/read_watch.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace farcall::server {
namespace {

int make_epoll() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd == -1) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

epoll_event event_for(std::uint64_t id, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return event;
}

}  // namespace

ReadWatch::ReadWatch(boost::asio::io_context& io, std::function<void(std::uint64_t)> readable)
    : epoll_(io, make_epoll()), readable_(std::move(readable)) {
  wait();
}

Result<void> ReadWatch::add(int fd, std::uint64_t id) {
  epoll_event event = event_for(id, EPOLLONESHOT);
  if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == -1) return Error{errno};
  return {};
}

void ReadWatch::arm(int fd, std::uint64_t id) {
  epoll_event event = event_for(id, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void ReadWatch::disarm(int fd, std::uint64_t id) {
  epoll_event event = event_for(id, EPOLLONESHOT);
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void ReadWatch::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      collect();
                      wait();
                    });
}

void ReadWatch::collect() {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), events.size(), 0);
  for (int i = 0; i < count; ++i) readable_(events[static_cast<std::size_t>(i)].data.u64);
}

}  // namespace farcall::server
