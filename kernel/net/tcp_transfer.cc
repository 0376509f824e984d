// Sending and receiving on a TCP socket.
#include <algorithm>
#include <memory>
#include <utility>

#include "farcall/arena.h"
#include "kernel/net/lent_data.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

namespace {
/// How much moves between a process and the kernel at a time.
constexpr std::size_t kSendChunk = 65535;
constexpr std::size_t kReceiveChunk = std::size_t{64} << 10;
/// Between sockets of this machine: whole segments, which have arrived before the next.
constexpr std::size_t kLocalSendChunk = std::size_t{32} << 10;

/// Memory without the cost of clearing it.
std::unique_ptr<std::byte[]> scratch(std::size_t size) {
  return std::unique_ptr<std::byte[]>(new std::byte[size]);
}
}  // namespace

std::size_t TcpSocket::send_queued() const {
  if (pcb_ == nullptr || listening()) return 0;
  return TCP_SND_BUF - tcp_sndbuf(pcb_);
}

std::size_t TcpSocket::send_room() const {
  if (pcb_ == nullptr || listening() || tcp_sndqueuelen(pcb_) >= TCP_SND_QUEUELEN) return 0;
  const auto limit = static_cast<std::size_t>(options.send_buffer);
  const std::size_t queued = send_queued();
  return queued >= limit ? 0 : std::min<std::size_t>(limit - queued, tcp_sndbuf(pcb_));
}

Result<void> TcpSocket::can_send() {
  if (const int error = take_error()) return Error{error};
  if (send_closed_) return Error{NB_EPIPE};
  if (state_ != State::connected) return Error{NB_ENOTCONN};
  return {};
}

Result<void> TcpSocket::wait_for_room(bool wait, Deadline deadline) {
  for (;;) {
    if (state_ != State::connecting) FARCALL_TRY(can_send());
    if (state_ == State::connected && send_room() > 0) return {};
    if (!wait) return Error{state_ == State::connecting ? NB_ENOTCONN : NB_EWOULDBLOCK};
    FARCALL_TRY(writing_.sleep(deadline));
  }
}

Result<TcpSocket::Outgoing> TcpSocket::take_outgoing(SendRequest& request, std::size_t size) {
  Outgoing data;
  data.size = size;
  data.stays = (request.flags & arena::kMsgLend) != 0;
  data.loan = request.uio->borrow(size, data.stays ? RUMPUSER_LOAN_KEEP : RUMPUSER_LOAN_READ);
  if (data.loan) {
    request.uio->skip(size);
    return data;
  }
  data.stays = false;
  data.copy = scratch(size);
  FARCALL_TRY(request.uio->copy_from_user({data.copy.get(), size}));
  FARCALL_TRY(can_send());  // the copy may have slept
  return data;
}

Result<void> TcpSocket::queue(Outgoing data, bool more) {
  // It takes more of lwIP's buffers without a copy than with one, and there may not be so many.
  if (data.stays && tcp_write_lent(*pcb_, data.loan, data.size, more)) return {};
  const std::byte* const bytes = data.loan ? data.loan.data() : data.copy.get();
  const u8_t push = more ? TCP_WRITE_FLAG_MORE : 0;
  const err_t error =
      tcp_write(pcb_, bytes, static_cast<u16_t>(data.size), push | TCP_WRITE_FLAG_COPY);
  if (error != ERR_OK) return Error{NB_ENOBUFS};
  return {};
}

Result<std::size_t> TcpSocket::send_some(SendRequest& request) {
  const std::size_t chunk = pcb_->mss > TCP_MSS ? kLocalSendChunk : kSendChunk;
  const std::size_t size = std::min({request.uio->resid(), send_room(), chunk});
  const bool more = request.uio->resid() > size;
  FARCALL_ASSIGN(Outgoing data, take_outgoing(request, size));
  StackScope scope;
  FARCALL_TRY(queue(std::move(data), more));
  const bool urgent = (request.flags & NB_MSG_OOB) != 0;
  if (urgent && request.uio->resid() == 0) mark_last_byte_urgent(*pcb_);
  const std::uint32_t sent_before = pcb_->snd_nxt;
  tcp_output(pcb_);
  if (pcb_->snd_nxt != sent_before) round_trip_.sent(pcb_->snd_nxt);
  return size;
}

Result<std::size_t> TcpSocket::send_all(SendRequest& request) {
  const bool wait = may_wait(request.flags);
  const Deadline deadline = send_deadline();
  std::size_t sent = 0;
  while (request.uio->resid() > 0) {
    if (auto ready = wait_for_room(wait, deadline); !ready) {
      if (sent > 0 && ready.code() != NB_EPIPE) return sent;
      return ready.error();
    }
    auto part = send_some(request);
    if (!part) {
      if (sent > 0) return sent;
      return part.error();
    }
    sent += *part;
  }
  return sent;
}

Result<std::size_t> TcpSocket::send(SendRequest& request) {
  if (request.uio->resid() == 0) {
    FARCALL_TRY(can_send());
    return std::size_t{0};
  }
  FARCALL_TRY(writing_.enter(may_wait(request.flags), send_deadline()));
  auto result = send_all(request);
  writing_.leave();
  return result;
}

bool TcpSocket::readable_now(std::size_t wanted) const {
  return received_.size() >= std::max<std::size_t>(wanted, 1) || end_of_data_;
}

Result<void> TcpSocket::wait_for_data(std::size_t wanted, bool wait, Deadline deadline) {
  while (!readable_now(wanted)) {
    if (error() != 0) break;
    if (state_ != State::connected && state_ != State::connecting) return Error{NB_ENOTCONN};
    if (!wait) {
      if (received_.size() > 0) break;  // less than the low-water mark, but better than nothing
      return Error{state_ == State::connecting ? NB_ENOTCONN : NB_EWOULDBLOCK};
    }
    FARCALL_TRY(reading_.sleep(deadline));
  }
  if (received_.size() > 0) return {};
  if (const int error = take_error()) return Error{error};
  return {};
}

Result<std::size_t> TcpSocket::receive_some(Uio& uio, bool peek) {
  const std::size_t size =
      urgent_.readable(std::min({uio.resid(), received_.size(), kReceiveChunk}));
  if (size == 0) return size;
  if (const Loan loan = uio.borrow(size, RUMPUSER_LOAN_WRITE)) {
    received_.peek(loan.data(), size);
    uio.skip(size);
  } else {
    const auto data = scratch(size);
    received_.peek(data.get(), size);
    FARCALL_TRY(uio.copy_to_user({data.get(), size}));
  }
  // Only the lwp whose turn it is takes from the front, except that closing and SHUT_RD clear
  // everything.
  if (peek || received_.size() < size) return size;
  received_.consume(size);
  urgent_.consume(size);
  open_window(room_.read(size));
  if (received_.size() == 0) acknowledge_now();
  return size;
}

Result<std::size_t> TcpSocket::receive_all(ReceiveRequest& request) {
  const bool wait = may_wait(request.flags);
  const bool peek = (request.flags & NB_MSG_PEEK) != 0;
  const bool all = (request.flags & NB_MSG_WAITALL) != 0 && !peek;
  const Deadline deadline = receive_deadline();
  const auto low_water = static_cast<std::size_t>(options.receive_low_water);
  std::size_t got = 0;
  do {
    const std::size_t wanted = std::min(low_water, request.uio->resid());
    if (auto ready = wait_for_data(wanted, wait, deadline); !ready) {
      if (got > 0) return got;
      return ready.error();
    }
    FARCALL_ASSIGN(const std::size_t part, receive_some(*request.uio, peek));
    got += part;
    if (part == 0 || peek || urgent_.reached()) break;
  } while (request.uio->resid() > 0 && (all || received_.size() > 0));
  return got;
}

Result<std::size_t> TcpSocket::receive_urgent(ReceiveRequest& request) {
  if ((options.flags & NB_SO_OOBINLINE) != 0) return Error{NB_EINVAL};
  FARCALL_ASSIGN(const std::byte byte, urgent_.take((request.flags & NB_MSG_PEEK) != 0));
  request.result_flags |= NB_MSG_OOB;
  FARCALL_TRY(request.uio->copy_to_user({&byte, 1}));
  return std::size_t{1};
}

Result<std::size_t> TcpSocket::receive(ReceiveRequest& request) {
  if ((request.flags & NB_MSG_OOB) != 0) return receive_urgent(request);
  if (request.uio->resid() == 0) return std::size_t{0};
  FARCALL_TRY(reading_.enter(may_wait(request.flags), receive_deadline()));
  auto result = receive_all(request);
  reading_.leave();
  return result;
}

}  // namespace farcall::kernel
