#include "server_end.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace farcall::client_test {
namespace {

constexpr std::chrono::seconds kPatience{60};

template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

ServerEnd::ServerEnd(int memory, int event) : event_(event) {
  void* page = mmap(nullptr, channel::kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  EXPECT_NE(page, MAP_FAILED);
  EXPECT_EQ(fcntl(memory, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  close(memory);
  page_ = static_cast<channel::Page*>(page);
  EXPECT_EQ(page_->header.magic, channel::kMagic);
  EXPECT_EQ(page_->header.version, channel::kVersion);
  EXPECT_EQ(page_->header.size, channel::kChannelSize);
}

ServerEnd::ServerEnd(ServerEnd&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)),
      event_(std::exchange(other.event_, -1)),
      seen_(other.seen_) {}

ServerEnd::~ServerEnd() {
  if (page_ != nullptr) munmap(page_, channel::kChannelSize);
  if (event_ >= 0) close(event_);
}

bool ServerEnd::await_request() {
  return eventually([this] { return shared(page_->request.state).load() != seen_; }) &&
         (seen_ = shared(page_->request.state).load()) != channel::kClosed;
}

bool ServerEnd::is_closed() {
  return eventually([this] { return shared(page_->request.state).load() == channel::kClosed; });
}

bool ServerEnd::client_awaits(std::uint32_t what) {
  return eventually([&] { return shared(page_->request.client_sleeps).load() == what; });
}

void ServerEnd::put(std::size_t input, std::initializer_list<DataExtent> extents,
                    std::string_view bytes) {
  std::copy(extents.begin(), extents.end(), page_->output);
  page_->response.output_extents = static_cast<std::uint32_t>(extents.size());
  std::memcpy(reinterpret_cast<char*>(page_) + channel::kAreaOffset + channel::output_begin(input),
              bytes.data(), bytes.size());
}

void ServerEnd::answer(std::int32_t error, std::int64_t first, std::uint32_t signal) {
  page_->response.error = error;
  page_->response.signal = signal;
  page_->response.result[0] = first;
  shared(page_->response.state).store(seen_);
  wake();
}

void ServerEnd::draw_attention() {
  ++shared(page_->response.attention);
  wake();
}

void ServerEnd::leave() {
  shared(page_->response.closed).store(1);
  wake();
}

void ServerEnd::signal_event() const { EXPECT_EQ(eventfd_write(event_, 1), 0); }

void ServerEnd::wake() {
  if (shared(page_->request.client_sleeps).load() == channel::kAwaitsEvent) return signal_event();
  ++shared(page_->response.bell);
  syscall(SYS_futex, &page_->response.bell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

ServerEnd open_channel(Peer& peer, bool with_event) {
  peer.answer(peer.expect_syscall(1), 0);
  return accept_channel(peer, with_event);
}

ServerEnd accept_channel(Peer& peer, bool with_event, const std::function<void()>& meanwhile) {
  const Frame open = peer.read();
  EXPECT_EQ(open.header.type, wire::FrameType::channel_open);
  EXPECT_EQ(open.header.length, sizeof open.header);
  EXPECT_EQ(open.header.detail, with_event ? channel::kWithEvent : 0);
  const int memory = peer.take_passed();
  const int event = peer.take_passed();
  EXPECT_EQ(event >= 0, with_event);
  ServerEnd end(memory, event);
  meanwhile();
  peer.send(wire::FrameClass::response, wire::FrameType::channel_open, open.header.request, 0,
            std::string_view("\0\0\0\0", 4));
  return end;
}

}  // namespace farcall::client_test
