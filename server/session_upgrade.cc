// Session: what two Farcall ends have beyond sysproxy: Hello, direct memory, channels.
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <string>
#include <utility>

#include "proto/hello.pb.h"
#include "server/channel.h"
#include "server/executing.h"
#include "server/session.h"

namespace farcall::server {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::WireError;

namespace {

bool is_local(int socket) {
  int domain = 0;
  socklen_t length = sizeof(domain);
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

bool offers(const hello::Hello& hello, hello::Feature feature) {
  return std::ranges::find(hello.features(), feature) != hello.features().end();
}

}  // namespace

// Of the frame that was just read. False: the connection is closed.
bool Session::accept_hello() {
  const FrameHeader header = reader_.header();
  Descriptor memory = reader_.take_descriptor();
  hello::Hello hello;
  if (!hello.ParseFromArray(body_.data(), static_cast<int>(reader_.body_length()))) {
    refuse(header, WireError::malformed, "its Hello cannot be read");
    return false;
  }
  if (hello.version() != sysproxy::kHelloVersion) {
    refuse(header, WireError::version,
           "it speaks version " + std::to_string(hello.version()) +
               " of our extensions, we speak " + std::to_string(sysproxy::kHelloVersion));
    return false;
  }
  hello::HelloAnswer answer;
  answer.set_version(sysproxy::kHelloVersion);
  std::shared_ptr<const ClientMemory> opened;
  if (is_local(fd_) && offers(hello, hello::FEATURE_DIRECT_MEMORY)) {
    opened = ClientMemory::open(std::move(memory), fd_);
  }
  const bool channels =
      opened && services_.limits.max_channels != 0 && offers(hello, hello::FEATURE_CHANNELS);
  if (opened) answer.add_features(hello::FEATURE_DIRECT_MEMORY);
  if (channels) {
    answer.add_features(hello::FEATURE_CHANNELS);
    answer.set_max_channels(static_cast<std::uint32_t>(services_.limits.max_channels));
  }
  const bool events =
      channels && offers(hello, hello::FEATURE_CHANNEL_EVENTS) && services_.events.work();
  if (events) answer.add_features(hello::FEATURE_CHANNEL_EVENTS);
  const bool buffers =
      is_local(fd_) && services_.limits.max_buffers != 0 && offers(hello, hello::FEATURE_BUFFERS);
  if (buffers) {
    answer.add_features(hello::FEATURE_BUFFERS);
    answer.set_max_buffers(std::min(services_.limits.max_buffers, arena::kMostSize));
    answer.set_borrows(borrows(services_.kernel));
  }
  const bool data =
      !opened && services_.limits.max_data != 0 && offers(hello, hello::FEATURE_INLINE_BUFFERS);
  if (data) {
    answer.add_features(hello::FEATURE_INLINE_BUFFERS);
    answer.set_max_data(static_cast<std::uint32_t>(services_.limits.max_data));
  }
  spdlog::debug("{}: its memory is reached by {}; {}channels", peer_,
                opened ? opened->method()
                : data ? "frames and with its calls"
                       : "frames",
                channels ? "" : "no ");
  {
    const std::lock_guard lock(mutex_);
    memory_ = std::move(opened);
    arena_ = nullptr;
    may_open_arena_ = buffers;
    may_open_channels_ = channels;
    may_await_events_ = events;
    may_call_with_data_ = data;
  }
  const std::string bytes = answer.SerializeAsString();
  return answer_soon(header, std::as_bytes(std::span(bytes)));
}

// An answer from the thread that reads.
bool Session::answer_soon(const FrameHeader& request, std::span<const std::byte> body) {
  FrameHeader header{};
  header.request = request.request;
  header.frame_class = FrameClass::response;
  header.type = request.type;
  if (sender_.send_soon(header, body)) return true;
  close("it does not read");
  return false;
}

std::shared_ptr<const ClientMemory> Session::memory() {
  const Request* request = executing_request(*this);
  const std::lock_guard lock(mutex_);
  // The descriptor would still serve a call of a program that is gone, but whom?
  if (closed_ || (request != nullptr && request->cancelled)) return nullptr;
  return memory_;
}

// ---- buffers

std::shared_ptr<Arena> Session::arena() {
  if (!has_arena_.load(std::memory_order_relaxed)) return nullptr;  // as in most copies
  const Request* request = executing_request(*this);
  const std::lock_guard lock(mutex_);
  if (closed_ || (request != nullptr && request->cancelled)) return nullptr;
  return arena_;
}

// Of the frame that was just read. False: the connection is closed.
bool Session::open_arena() {
  const FrameHeader header = reader_.header();
  arena::Offer offer;
  std::memcpy(&offer, body_.data(), sizeof(offer));
  const auto error = add_arena(offer, reader_.take_descriptor());
  if (error == WireError::malformed) {
    refuse(header, error, "what it offers for buffers is no such memory, or was not granted");
    return false;
  }
  if (error != WireError::none) {
    answer_error(header, error);
    return true;
  }
  const std::int32_t good = 0;
  return answer_soon(header, std::as_bytes(std::span(&good, 1)));
}

WireError Session::add_arena(const arena::Offer& offer, const Descriptor& memfd) {
  {
    const std::lock_guard lock(mutex_);
    if (!may_open_arena_) return WireError::malformed;
  }
  if (offer.size > services_.limits.max_buffers || !services_.buffers->take(offer.size)) {
    return WireError::try_again;
  }
  auto arena = Arena::adopt(memfd, offer, services_.buffers);
  if (!arena) return WireError::malformed;
  const std::lock_guard lock(mutex_);
  may_open_arena_ = false;  // one is enough
  if (closed_) return WireError::none;
  arena_ = std::move(arena);
  has_arena_ = true;
  return WireError::none;
}

// ---- channels

// Of the frame that was just read. False: the connection is closed.
bool Session::open_channel() {
  const FrameHeader header = reader_.header();
  auto page = ChannelPage::adopt(reader_.take_descriptor());
  if (page && header.detail == channel::kWithEvent && !take_event(*page)) page.reset();
  if (!page) {
    refuse(header, WireError::malformed, "what it offers is no channel");
    return false;
  }
  auto channel = std::make_shared<Channel>(*this, std::move(page));
  const auto error = add_channel(channel);
  if (error == WireError::malformed) {
    refuse(header, error, "it opens a channel that was not granted");
    return false;
  }
  if (error != WireError::none) {
    answer_error(header, error);
    return true;
  }
  const std::int32_t good = 0;
  return answer_soon(header, std::as_bytes(std::span(&good, 1)));
}

bool Session::take_event(ChannelPage& page) {
  {
    const std::lock_guard lock(mutex_);
    if (!may_await_events_) return false;
  }
  return page.use_event(reader_.take_descriptor(), services_.events);
}

// Starts its thread.
WireError Session::add_channel(const std::shared_ptr<Channel>& channel) {
  {
    const std::lock_guard lock(mutex_);
    if (!may_open_channels_) return WireError::malformed;
    if (closed_ || channels_.size() >= services_.limits.max_channels ||
        !services_.channels.take(1)) {
      return WireError::try_again;
    }
    channels_.push_back(channel);
    ++workers_;
  }
  auto started = services_.workers.start("farcall-channel", [self = shared_from_this(), channel] {
    channel->run();
    self->channel_left(*channel);
  });
  if (started) return WireError::none;
  spdlog::warn("{}: the host gives no thread for a channel: {}", peer_, strerror(started.code()));
  channel_left(*channel);
  return WireError::try_again;
}

void Session::channel_left(const Channel& channel) {
  services_.channels.give_back(1);
  {
    // Together: who counts workers takes the channels off.
    const std::lock_guard lock(mutex_);
    std::erase_if(channels_, [&](const auto& other) { return other.get() == &channel; });
    if (!leave_locked()) return;
  }
  boost::asio::post(services_.chores, [self = shared_from_this()] { self->finish(); });
}

void Session::channel_idle() {
  if (stopping_) close_when_idle();
}

// No thread of the client may be reading its connection: all may wait in channels.
void Session::call_attention_locked() {
  for (const auto& channel : channels_) channel->call_attention();
}

// The client, or its program, is gone.
void Session::end_upgrade_locked() {
  memory_ = nullptr;
  arena_ = nullptr;
  may_open_arena_ = false;
  may_open_channels_ = may_await_events_ = may_call_with_data_ = false;
  for (const auto& channel : channels_) channel->stop_locked();
}

void Session::interrupt_channel_locked(std::uint64_t number) {
  for (const auto& channel : channels_) {
    if (!channel->interrupt(number)) continue;
    boost::asio::post(services_.chores, [self = shared_from_this(), channel, number] {
      if (StandIn* stand_in = channel->interrupt_executing(number)) stand_in->interrupt();
    });
  }
}

bool Session::interrupt_now(std::uint64_t number) {
  std::shared_ptr<Channel> executing;
  {
    const std::lock_guard lock(mutex_);
    if (!may_await_events_) return false;
    for (const auto& channel : channels_) {
      if (channel->interrupt(number)) executing = channel;
    }
  }
  StandIn* stand_in = executing ? executing->interrupt_executing(number) : nullptr;
  // It becomes another lwp for that, which this thread must not.
  if (stand_in != nullptr) {
    boost::asio::post(services_.chores,
                      [self = shared_from_this(), executing, stand_in] { stand_in->interrupt(); });
  }
  return true;
}

}  // namespace farcall::server
