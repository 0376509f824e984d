#include "server/event_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace farcall::server {
namespace {

/// Requests whose ends are reported, though nobody wants to know; they are dropped when the host
/// has no room for more reports.
constexpr unsigned kReports = 64;

}  // namespace

EventSignals::~EventSignals() {
  if (context_ != 0) syscall(SYS_io_destroy, context_);
}

void EventSignals::begin() {
  always_ = Descriptor(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!always_ || syscall(SYS_io_setup, kReports, &context_) != 0) context_ = 0;
}

bool EventSignals::work() {
  std::call_once(begun_, [this] { begin(); });
  return context_ != 0;
}

bool EventSignals::signal(const Descriptor& event) {
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_POLL;
  request.aio_fildes = static_cast<std::uint32_t>(always_.get());
  request.aio_buf = POLLIN;
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(event.get());
  iocb* requests[] = {&request};
  while (syscall(SYS_io_submit, context_, 1, requests) != 1) {
    if (errno != EAGAIN) return false;
    std::array<io_event, kReports> reports;
    timespec now{};
    syscall(SYS_io_getevents, context_, 0, reports.size(), reports.data(), &now);
  }
  return true;
}

}  // namespace farcall::server
