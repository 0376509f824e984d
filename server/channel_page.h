// The server's side of a channel's shared page (farcall/channel.h). Whatever the client writes to
// it is read once, with an atomic load, and only what was read is used.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "farcall/channel.h"
#include "farcall/syscall_info.h"
#include "farcall/sysproxy.h"
#include "server/descriptor.h"
#include "server/event_signals.h"

namespace farcall::server {

/// Wakes who sleeps on `word`, a futex of this process.
void wake_up(std::atomic<std::uint32_t>& word);

/// Safe from any thread; call() and answer() are for the one that serves the channel.
class ChannelPage {
 public:
  /// A copy of a request.
  struct Call {
    std::uint32_t number;
    std::uint8_t argument_count;
    std::uint8_t input_extents;
    std::uint16_t cpu;
    std::uint64_t request;
    std::uint64_t arguments[kMaxSyscallArgs];
  };

  /// Maps what a client offers; nullptr when it is not sealed, not as large as it should be, or
  /// begins otherwise.
  static std::unique_ptr<ChannelPage> adopt(const Descriptor& memfd);
  /// The client's eventfd, for when it asks for that. False: it is none. Before anything else, and
  /// only where signals work; they must stay.
  [[nodiscard]] bool use_event(Descriptor event, EventSignals& signals);
  ~ChannelPage();
  ChannelPage(const ChannelPage&) = delete;
  ChannelPage& operator=(const ChannelPage&) = delete;

  [[nodiscard]] std::uint32_t request_state() const;
  [[nodiscard]] std::uint64_t request_number() const;
  [[nodiscard]] std::uint32_t call_number() const;
  [[nodiscard]] Call call() const;

  /// Copies the list of the call's input, `count` extents of it or as many as the area can have;
  /// the value is how many.
  std::size_t input(std::size_t count, std::span<DataExtent, kMaxExtents> copy) const;
  /// Where the data lies. The client may change it at any time.
  [[nodiscard]] std::span<std::byte> area() const;
  /// What goes with the next answer.
  void set_output(std::span<const DataExtent> extents);

  /// Answers request `sequence`. True: the client sleeps, or is about to, until wake_client.
  [[nodiscard]] bool answer(std::uint32_t sequence, const sysproxy::SyscallResponse& response,
                            int signal);
  void wake_client();
  /// The client sleeps, or is about to, until its call is answered.
  [[nodiscard]] bool client_sleeps() const;
  /// The client shall read its connection.
  void call_attention();
  /// The server leaves.
  void close();

  /// Sleeps while the request's state is `seen`, until `time` is over or end_sleep is called. May
  /// return early. The client wakes who sleeps here, until mark_awake.
  void sleep(std::uint32_t seen, std::chrono::seconds time);
  /// Sleeps, without asking the client for a wake-up, while the request's state is `seen` and
  /// `word` is `value`. When mark_sleeping has been called meanwhile, the client ends the sleep.
  void sleep_beside(std::uint32_t seen, const std::atomic<std::uint32_t>& word, std::uint32_t value,
                    std::chrono::seconds time);
  /// The client shall wake who sleeps here when it has a call; and no more.
  void mark_sleeping();
  void mark_awake();
  /// False where the host does not know how to sleep_beside (Linux before 5.16).
  static bool can_sleep_beside();
  /// Ends a present and every later sleep, for when the client is gone. Whoever has the page as
  /// well can undo that.
  void end_sleep();

 private:
  explicit ChannelPage(channel::Page* page) : page_(page) {}

  channel::Page* const page_;
  Descriptor event_;
  EventSignals* signals_ = nullptr;  ///< of event_
};

}  // namespace farcall::server
