// Session: the turn to read, and what is read.
#include <boost/asio/post.hpp>
#include <string>
#include <utility>

#include "server/session.h"

namespace farcall::server {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

namespace {

/// Frames that the Io thread reads from one client before others get their turn.
constexpr int kFramesAtOnce = 16;

}  // namespace

// ---- who reads

void Session::take_turn_locked() {
  if (turn_ == Turn::io) services_.watch.disarm(fd_, id_);
  if (turn_ == Turn::kept) arriving_->keep_rest();
  turn_ = Turn::taken;
}

void Session::free_turn_locked() {
  turn_ = Turn::free;
  if (!wanted_.empty() || arriving_ != nullptr) answers_.notify_all();
}

void Session::give_turn_to_io_locked() {
  turn_ = Turn::io;
  if (reader_.has_more()) {
    boost::asio::post(services_.io, [self = shared_from_this()] { self->readable(); });
  } else {
    services_.watch.arm(fd_, id_);
  }
}

void Session::about_to_sleep() {
  const std::lock_guard lock(mutex_);
  give_up_kept_turn_locked();
  if (turn_ == Turn::free && !closed_ && !exclusive_ && phase_ == Phase::running) {
    give_turn_to_io_locked();
  }
}

std::unique_ptr<Request> Session::next_request() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (closed_) return nullptr;
    if (!queue_.empty()) {
      auto request = std::move(queue_.front());
      queue_.pop_front();
      ++executing_;
      return request;
    }
    if (exclusive_) return nullptr;
    if (turn_ == Turn::free || turn_ == Turn::io) {
      take_turn_locked();
      lock.unlock();
      std::unique_ptr<Request> request;
      while (receive(true, request, true) == Arrival::other) continue;
      lock.lock();
      if (request && arriving_ != nullptr) {
        keep_turn_locked();
      } else {
        free_turn_locked();
      }
      if (request) {
        ++executing_;
        return request;
      }
      continue;
    }
    if (parked_ == kMaxParked) return nullptr;
    ++parked_;
    work_.wait(lock);
    --parked_;
  }
}

void Session::readable() {
  {
    const std::lock_guard lock(mutex_);
    if (turn_ != Turn::io || closed_) return;
    take_turn_locked();
  }
  for (int i = 0; i < kFramesAtOnce; ++i) {
    std::unique_ptr<Request> request;
    const Arrival arrival = receive(false, request);
    if (arrival == Arrival::again) break;
    if (arrival == Arrival::closed) break;
    if (arrival == Arrival::request && !pass_on(std::move(request))) return;
  }
  const std::lock_guard lock(mutex_);
  if (closed_) {
    free_turn_locked();
  } else {
    give_turn_to_io_locked();
  }
}

// Gives a request to another worker. False: it must have the session for itself, and the turn has
// been freed for it.
bool Session::pass_on(std::unique_ptr<Request> request) {
  const bool exclusive = request->header.type == FrameType::handshake;
  if (exclusive) {
    const std::lock_guard lock(mutex_);
    free_turn_locked();
  }
  enqueue(std::move(request));
  return !exclusive;
}

// ---- what comes

// `may_begin`: a call whose data is yet to come is a request already, and keeps the turn.
Session::Arrival Session::receive(bool wait, std::unique_ptr<Request>& request, bool may_begin) {
  for (;;) {
    switch (reader_.next(fd_, wait)) {
      case FrameReader::Step::header:
        if (!accept_header()) return Arrival::closed;
        break;
      case FrameReader::Step::part:
        if (!accept_part()) return Arrival::closed;
        if (may_begin && begin_early(request)) return Arrival::request;
        break;
      case FrameReader::Step::frame:
        return accept_frame(request);
      case FrameReader::Step::again:
        return Arrival::again;
      case FrameReader::Step::closed:
        fill_done(false);
        close("the client went away");
        return Arrival::closed;
    }
  }
}

bool Session::accept_header() {
  const auto& header = reader_.header();
  const bool with_data = header.frame_class == FrameClass::request &&
                         header.type == FrameType::call;  // it has limits of its own
  if (header.length < sizeof(header) ||
      (header.length > services_.limits.max_frame && !with_data)) {
    refuse(header, WireError::malformed,
           "a frame says that it has " + std::to_string(header.length) + " bytes");
    return false;
  }
  switch (header.frame_class) {
    case FrameClass::request:
      return accept_request_header();
    case FrameClass::response:
    case FrameClass::error:
      return accept_answer_header();
  }
  refuse(header, WireError::malformed, "a frame has an unknown class");
  return false;
}

bool Session::accept_request_header() {
  const auto& header = reader_.header();
  const bool handshake = header.type == FrameType::handshake;
  const auto kind = static_cast<HandshakeKind>(header.detail);
  if (phase_ == Phase::greeting) {
    if (header.type == FrameType::hello) return accept_body(0, sysproxy::kMaxHello);
    if (!handshake || (kind != HandshakeKind::guest && kind != HandshakeKind::fork)) {
      refuse(header, WireError::auth, "the first frame is no handshake that is allowed here");
      return false;
    }
    if (kind == HandshakeKind::guest) return accept_body(0, kMaxBody);
    return accept_body(sizeof(sysproxy::ForkHandshake), sizeof(sysproxy::ForkHandshake));
  }
  switch (header.type) {
    case FrameType::handshake:
      if (kind == HandshakeKind::exec) return accept_body(0, kMaxBody);
      break;
    case FrameType::syscall:
      return accept_body(0, sizeof(Request::args));
    case FrameType::call:
      return accept_call();
    case FrameType::prefork:
    case FrameType::interrupt:
    case FrameType::channel_open:
    case FrameType::connect:
      return accept_body(0, 0);
    case FrameType::hello:
      return accept_body(0, sysproxy::kMaxHello);
    case FrameType::arena_open:
      return accept_body(sizeof(arena::Offer), sizeof(arena::Offer));
    default:
      break;
  }
  refuse(header, WireError::malformed, "a request has a type that is not allowed here");
  return false;
}

bool Session::accept_body(std::size_t least, std::size_t most) {
  const std::uint64_t length = reader_.body_length();
  if (length < least || length > most) {
    refuse(reader_.header(), WireError::malformed,
           "a request's body has " + std::to_string(length) + " bytes");
    return false;
  }
  reader_.body_into(std::span(body_).first(length));
  return true;
}

bool Session::accept_call() {
  bool allowed;
  {
    const std::lock_guard lock(mutex_);
    allowed = terms_.inline_buffers;
  }
  if (allowed) {
    incoming_ = std::make_unique<StreamData>(services_.limits.max_data, data_, services_.data);
    if (incoming_->begin(reader_)) return true;
  }
  refuse(reader_.header(), WireError::malformed, "a call with data is not allowed, or too short");
  return false;
}

bool Session::accept_part() {
  StreamData& data = arriving_ != nullptr ? *arriving_ : *incoming_;
  if (data.next(reader_)) return true;
  refuse(reader_.header(), WireError::malformed, "a call's data is not as it says");
  return false;
}

bool Session::accept_answer_header() {
  const auto& header = reader_.header();
  const std::lock_guard lock(mutex_);
  for (Wanted* wanted : wanted_) {
    if (wanted->done || wanted->header.request != header.request ||
        wanted->header.type != header.type) {
      continue;
    }
    // An error, or more than was asked for, is no answer; less may be one, to a copyinstr.
    const bool good = header.frame_class == FrameClass::response &&
                      reader_.body_length() <= wanted->target.size();
    wanted->filling = true;
    wanted->failed = !good;
    filling_ = wanted;
    if (!good) break;
    reader_.body_into(wanted->target.first(reader_.body_length()));
    return true;
  }
  // Nobody waits for it (any more).
  reader_.skip_body();
  return true;
}

Session::Arrival Session::accept_frame(std::unique_ptr<Request>& request) {
  const auto& header = reader_.header();
  if (arriving_ != nullptr) {
    arrival_done();
    return Arrival::other;
  }
  if (header.frame_class != FrameClass::request) {
    fill_done(true);
    return Arrival::other;
  }
  switch (header.type) {
    case FrameType::interrupt:
      interrupt(header.request);
      return Arrival::other;
    case FrameType::hello:
      return accept_hello() ? Arrival::other : Arrival::closed;
    case FrameType::channel_open:
      return open_channel() ? Arrival::other : Arrival::closed;
    case FrameType::arena_open:
      return open_arena() ? Arrival::other : Arrival::closed;
    case FrameType::connect:
      return hand_out_connection() ? Arrival::other : Arrival::closed;
    case FrameType::call:
      incoming_->end();
      break;
    default:
      break;
  }
  request = make_request();
  if (!request) return Arrival::closed;
  if (admit(*request)) return Arrival::request;
  answer_error(header, WireError::try_again);
  discard(std::move(request));
  return Arrival::other;
}

void Session::fill_done(bool whole) {
  const std::lock_guard lock(mutex_);
  if (filling_ == nullptr) return;
  filling_->received = reader_.body_length();
  filling_->failed |= !whole;
  filling_->filling = false;
  filling_->done = true;
  filling_ = nullptr;
  answers_.notify_all();
}

}  // namespace farcall::server
