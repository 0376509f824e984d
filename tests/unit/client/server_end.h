// The server's end of a channel, for scripts.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "fake_server.h"
#include "farcall/channel.h"

namespace farcall::client_test {

/// Waits are bounded: after a minute they give false.
class ServerEnd {
 public:
  /// Takes both over; `event` -1: there is none.
  explicit ServerEnd(int memory, int event = -1);
  ServerEnd(ServerEnd&& other) noexcept;
  ServerEnd& operator=(ServerEnd&&) = delete;
  ~ServerEnd();

  /// The next request: false when none comes.
  bool await_request();
  bool is_closed();
  bool client_sleeps() { return client_awaits(channel::kSleeps); }
  bool client_expects_event() { return client_awaits(channel::kAwaitsEvent); }
  [[nodiscard]] const channel::Request& request() const { return page_->request; }
  [[nodiscard]] const channel::Page& page() const { return *page_; }
  /// The area from `offset` on.
  [[nodiscard]] std::string area(std::size_t offset, std::size_t size) const {
    return {reinterpret_cast<const char*>(page_) + channel::kAreaOffset + offset, size};
  }
  void claim_output(std::uint32_t extents) { page_->response.output_extents = extents; }
  /// Puts output of the present call into the area, behind `input` bytes.
  void put(std::size_t input, std::initializer_list<DataExtent> extents, std::string_view bytes);

  void answer(std::int32_t error, std::int64_t first = 0, std::uint32_t signal = 0);
  /// The client shall read its connection.
  void draw_attention();
  void leave();
  /// Tells the client by its eventfd, whether it waits for that or not.
  void signal_event() const;

 private:
  bool client_awaits(std::uint32_t what);
  void wake();

  channel::Page* page_;
  int event_;
  std::uint32_t seen_ = channel::kNone;
};

/// Answers a thread's first call, and its request for a channel.
ServerEnd open_channel(Peer& peer, bool with_event = false);
/// Takes a request for a channel, with an eventfd or without; before its answer `meanwhile` runs.
ServerEnd accept_channel(
    Peer& peer, bool with_event, const std::function<void()>& meanwhile = [] {});

}  // namespace farcall::client_test
