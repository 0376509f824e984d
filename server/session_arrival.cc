// Session: a call that has begun before all of its data has come.
//
// Its worker keeps the turn, and reads segment after segment as the kernel asks for them. Others
// take the turn from it while it does not read, if they need it; and when the call sleeps it is
// given up, since behind the data there may be what ends the sleep. Whoever reads then keeps the
// rest for the call (stream_data.h).
#include <mutex>
#include <utility>

#include "server/executing.h"
#include "server/session.h"

namespace farcall::server {

// With the turn, when a part of a frame `call` has been read. False: the rest comes first.
bool Session::begin_early(std::unique_ptr<Request>& request) {
  if (!incoming_ || !incoming_->may_begin()) return false;
  request = make_request();
  StreamData& data = *request->stream_data;
  if (!admit(*request)) {
    incoming_ = std::move(request->stream_data);
    request.reset();
    return false;
  }
  data.take_singly();
  data.is_shown = data.is_whole = false;
  const std::lock_guard lock(mutex_);
  arriving_ = &data;
  return true;
}

// With the turn, when the frame has been read.
void Session::arrival_done() {
  const std::lock_guard lock(mutex_);
  arriving_->end();
  std::exchange(arriving_, nullptr)->is_whole = true;
  answers_.notify_all();
}

// With the turn. False: the client is gone.
bool Session::receive_segment(const StreamData& data) {
  const std::size_t before = data.came();
  while (data.came() == before) {
    switch (reader_.next(fd_, true)) {
      case FrameReader::Step::part:
        if (!accept_part()) return false;
        break;
      case FrameReader::Step::frame:
        arrival_done();
        break;
      default:
        close("the client went away");
        return false;
    }
  }
  return true;
}

// The worker whose call brings `data` keeps the turn.
bool Session::keeps_turn_locked(const StreamData& data) const {
  return turn_ == Turn::kept && arriving_ == &data;
}

void Session::keep_turn_locked() {
  turn_ = Turn::kept;
  if (!wanted_.empty()) answers_.notify_all();
}

// For the worker that keeps it.
void Session::give_up_kept_turn_locked() {
  const Request* request = executing_request(*this);
  if (request == nullptr || !request->stream_data) return;
  if (!keeps_turn_locked(*request->stream_data)) return;
  arriving_->keep_rest();
  free_turn_locked();
}

// Returns with the data whole, or with the connection closed and nobody reading.
void Session::await_whole(std::unique_lock<std::mutex>& lock, const StreamData& data) {
  while (!data.is_whole && (!closed_ || turn_ == Turn::taken)) {
    if (turn_ == Turn::taken) {
      answers_.wait(lock);
      continue;
    }
    take_turn_locked();
    lock.unlock();
    std::unique_ptr<Request> none;
    receive(true, none);
    lock.lock();
    free_turn_locked();
  }
  if (!data.is_whole) arriving_ = nullptr;
}

bool Session::await_data() {
  const Request* request = executing_request(*this);
  StreamData* const data = request == nullptr ? nullptr : request->stream_data.get();
  if (data == nullptr || data->is_shown) return false;
  std::unique_lock lock(mutex_);
  bool more = false;
  if (keeps_turn_locked(*data)) {
    turn_ = Turn::taken;
    lock.unlock();
    more = receive_segment(*data);
    lock.lock();
    more = more && !data->is_whole;
    more ? keep_turn_locked() : free_turn_locked();
  }
  if (!more) await_whole(lock, *data);
  data->is_shown = !more;
  data->show();
  return more || data->is_whole;
}

void Session::end_arrival(Request& request) {
  StreamData* const data = request.stream_data.get();
  if (data == nullptr || data->is_shown) return;
  std::unique_lock lock(mutex_);
  if (keeps_turn_locked(*data)) {
    data->drop_rest();
    free_turn_locked();
  }
  await_whole(lock, *data);
}

}  // namespace farcall::server
