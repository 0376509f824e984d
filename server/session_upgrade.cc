// Session: what two Farcall ends have beyond sysproxy: Hello, direct memory, channels.
#include <spdlog/spdlog.h>

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
  const bool local = origin_ == Origin::accepted && is_local(fd_);
  Terms terms = agree(hello, fd_, local, std::move(memory), services_);
  spdlog::debug("{}: its memory is reached by {}; {}channels", peer_, describe_way(terms),
                terms.channels ? "" : "no ");
  const std::string bytes = answer_with(terms, services_).SerializeAsString();
  {
    const std::lock_guard lock(mutex_);
    arena_ = nullptr;
    terms_ = std::move(terms);
  }
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

// What became of shared memory that it offers. False: it is refused, and the connection closed.
bool Session::answer_offer(const FrameHeader& request, WireError error, const char* refusal) {
  if (error == WireError::malformed) {
    refuse(request, error, refusal);
    return false;
  }
  if (error != WireError::none) {
    answer_error(request, error);
    return true;
  }
  const std::int32_t good = 0;
  return answer_soon(request, std::as_bytes(std::span(&good, 1)));
}

std::shared_ptr<const ClientMemory> Session::memory() {
  const Request* request = executing_request(*this);
  const std::lock_guard lock(mutex_);
  // The descriptor would still serve a call of a program that is gone, but whom?
  if (closed_ || (request != nullptr && request->cancelled)) return nullptr;
  return terms_.memory;
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
  return answer_offer(header, add_arena(offer, reader_.take_descriptor()),
                      "what it offers for buffers is no such memory, or was not granted");
}

WireError Session::add_arena(const arena::Offer& offer, const Descriptor& memfd) {
  {
    const std::lock_guard lock(mutex_);
    if (!terms_.buffers) return WireError::malformed;
  }
  if (offer.size > services_.limits.max_buffers || !services_.buffers->take(offer.size)) {
    return WireError::try_again;
  }
  auto arena = Arena::adopt(memfd, offer, services_.buffers);
  if (!arena) return WireError::malformed;
  const std::lock_guard lock(mutex_);
  terms_.buffers = false;  // one is enough
  if (closed_) return WireError::none;
  arena_ = std::move(arena);
  has_arena_ = true;
  return WireError::none;
}

// ---- connections

// Of the frame that was just read. False: the connection is closed.
bool Session::hand_out_connection() {
  const FrameHeader header = reader_.header();
  return answer_offer(header, hand_out(reader_.take_descriptor()),
                      "it asks for a connection, which was not granted, or without a socket");
}

WireError Session::hand_out(const Descriptor& over) {
  {
    const std::lock_guard lock(mutex_);
    if (!terms_.connections || !over) return WireError::malformed;
  }
  return services_.hand_out(over, peer_) ? WireError::none : WireError::try_again;
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
  return answer_offer(header, add_channel(channel), "it opens a channel that was not granted");
}

bool Session::take_event(ChannelPage& page) {
  {
    const std::lock_guard lock(mutex_);
    if (!terms_.channel_events) return false;
  }
  return page.use_event(reader_.take_descriptor(), services_.events);
}

// Starts its thread.
WireError Session::add_channel(const std::shared_ptr<Channel>& channel) {
  {
    const std::lock_guard lock(mutex_);
    if (!terms_.channels) return WireError::malformed;
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

// No thread of the client may be reading its connection: all may wait in channels.
void Session::call_attention_locked() {
  for (const auto& channel : channels_) channel->call_attention();
}

// The client, or its program, is gone.
void Session::end_upgrade_locked() {
  terms_ = {};
  arena_ = nullptr;
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
    if (!terms_.channel_events) return false;
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
