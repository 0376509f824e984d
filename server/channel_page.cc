#include "server/channel_page.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>
#include <utility>

#include "server/processor.h"

namespace farcall::server {

using channel::Page;

namespace {

template <class T>
T load(T& word, std::memory_order order = std::memory_order_relaxed) {
  return std::atomic_ref(word).load(order);
}

template <class T>
void store(T& word, T value, std::memory_order order = std::memory_order_relaxed) {
  std::atomic_ref(word).store(value, order);
}

// Shared futexes: the client is another process.
void wake_all(std::uint32_t& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool is_sealed(int fd) {
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW;
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals != -1 && (seals & kSeals) == kSeals;
}

bool has_size(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && status.st_size == channel::kChannelSize;
}

bool is_header(channel::Header& header) {
  return load(header.magic) == channel::kMagic && load(header.version) == channel::kVersion &&
         load(header.size) == channel::kChannelSize;
}

}  // namespace

void wake_up(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

std::unique_ptr<ChannelPage> ChannelPage::adopt(const Descriptor& memfd) {
  // Sealed first: what is sealed keeps its size.
  if (!memfd || !is_sealed(memfd.get()) || !has_size(memfd.get())) return nullptr;
  void* address =
      mmap(nullptr, channel::kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0);
  if (address == MAP_FAILED) return nullptr;
  std::unique_ptr<ChannelPage> adopted(new ChannelPage(static_cast<Page*>(address)));
  return is_header(adopted->page_->header) ? std::move(adopted) : nullptr;
}

ChannelPage::~ChannelPage() { munmap(page_, channel::kChannelSize); }

bool ChannelPage::use_event(Descriptor event, EventSignals& signals) {
  if (!event || !signals.signal(event)) return false;
  event_ = std::move(event);
  signals_ = &signals;
  return true;
}

std::uint32_t ChannelPage::request_state() const {
  return load(page_->request.state, std::memory_order_acquire);
}

std::uint64_t ChannelPage::request_number() const { return load(page_->request.request); }

std::uint32_t ChannelPage::call_number() const {
  return static_cast<std::uint32_t>(load(page_->request.number));
}

ChannelPage::Call ChannelPage::call() const {
  auto& request = page_->request;
  Call copy{};
  copy.number = static_cast<std::uint32_t>(load(request.number));
  copy.argument_count = load(request.argument_count);
  copy.input_extents = load(request.input_extents);
  copy.cpu = load(request.cpu);
  copy.request = load(request.request);
  const std::size_t count = std::min<std::size_t>(copy.argument_count, kMaxSyscallArgs);
  for (std::size_t i = 0; i < count; ++i) copy.arguments[i] = load(request.argument[i]);
  return copy;
}

std::size_t ChannelPage::input(std::size_t count, std::span<DataExtent, kMaxExtents> copy) const {
  count = std::min(count, kMaxExtents);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    DataExtent& from = page_->input[i];
    copy[i] = {load(from.address), load(from.length), 0};
    if (copy[i].length > channel::kAreaSize - bytes) return i;
    bytes += copy[i].length;
  }
  return count;
}

std::span<std::byte> ChannelPage::area() const {
  return {reinterpret_cast<std::byte*>(page_) + channel::kAreaOffset, channel::kAreaSize};
}

void ChannelPage::set_output(std::span<const DataExtent> extents) {
  for (std::size_t i = 0; i < extents.size(); ++i) {
    store(page_->output[i].address, extents[i].address);
    store(page_->output[i].length, extents[i].length);
  }
  store(page_->response.output_extents, static_cast<std::uint32_t>(extents.size()));
}

bool ChannelPage::answer(std::uint32_t sequence, const sysproxy::SyscallResponse& response,
                         int signal) {
  auto& to = page_->response;
  store(to.error, response.error);
  store(to.signal, static_cast<std::uint32_t>(signal));
  store(to.result[0], response.result[0]);
  store(to.result[1], response.result[1]);
  store(to.server_cpu, std::uint32_t{1} + current_cpu());
  // Sequentially consistent, as is the look at the client's mark.
  store(to.state, sequence, std::memory_order_seq_cst);
  return client_sleeps();
}

void ChannelPage::call_attention() {
  std::atomic_ref(page_->response.attention).fetch_add(1, std::memory_order_seq_cst);
  if (client_sleeps()) wake_client();
}

void ChannelPage::close() {
  store(page_->response.closed, std::uint32_t{1}, std::memory_order_seq_cst);
  if (client_sleeps()) wake_client();
}

bool ChannelPage::client_sleeps() const {
  return load(page_->request.client_sleeps, std::memory_order_seq_cst) != 0;
}

void ChannelPage::wake_client() {
  if (event_ && load(page_->request.client_sleeps) == channel::kAwaitsEvent) {
    signals_->signal(event_);
    return;
  }
  std::atomic_ref(page_->response.bell).fetch_add(1, std::memory_order_seq_cst);
  wake_all(page_->response.bell);
}

void ChannelPage::sleep(std::uint32_t seen, std::chrono::seconds time) {
  mark_sleeping();
  if (load(page_->request.state, std::memory_order_seq_cst) == seen) {
    const timespec timeout{time.count(), 0};
    syscall(SYS_futex, &page_->request.state, FUTEX_WAIT, seen, &timeout, nullptr, 0);
  }
}

void ChannelPage::sleep_beside(std::uint32_t seen, const std::atomic<std::uint32_t>& word,
                               std::uint32_t value, std::chrono::seconds time) {
  futex_waitv words[2] = {};
  words[0].val = seen;
  words[0].uaddr = reinterpret_cast<std::uintptr_t>(&page_->request.state);
  words[0].flags = FUTEX_32;
  words[1].val = value;
  words[1].uaddr = reinterpret_cast<std::uintptr_t>(&word);
  words[1].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
  timespec end{};
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += time.count();
  syscall(SYS_futex_waitv, words, 2, 0, &end, CLOCK_MONOTONIC);
}

void ChannelPage::mark_sleeping() {
  store(page_->response.server_sleeps, std::uint32_t{1}, std::memory_order_seq_cst);
}

void ChannelPage::mark_awake() { store(page_->response.server_sleeps, std::uint32_t{0}); }

bool ChannelPage::can_sleep_beside() {
  return syscall(SYS_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC) == -1 && errno != ENOSYS;
}

void ChannelPage::end_sleep() {
  store(page_->request.state, channel::kClosed, std::memory_order_seq_cst);
  wake_all(page_->request.state);
}

}  // namespace farcall::server
