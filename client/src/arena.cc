#include "arena.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "connection.h"
#include "host.h"
#include "local.h"

namespace farcall::client {
namespace {

constexpr std::size_t kUsualSize = std::size_t{64} << 20;
constexpr std::size_t kEntriesSize = kUsualSize / arena::kPage * sizeof(farcall_buf);
constexpr std::int64_t kLook = 1'000'000'000;  // ns between looks at the connection

constinit Arena the_arena;

bool is_address(long result) { return result > 0 || result <= -4096; }

template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

}  // namespace

Arena& arena_of_process() { return the_arena; }

int Arena::open() {
  const BufferTerms terms = connection().buffer_terms();
  if (is_open() && (terms.generation == generation_ || table_.used() != 0)) return 0;
  close();
  if (terms.generation == 0 && !local::running()) return ENOTCONN;
  if (!make_entries()) return ENOMEM;  // first: the server takes one arena
  const std::size_t most =
      std::min<std::uint64_t>(terms.most, kUsualSize) / arena::kPage * arena::kPage;
  lends_ = terms.lends;
  generation_ = terms.generation;
  shared_ = false;
  long error = -EAGAIN;
  if (most >= arena::kLeastSize) error = make_shared(most);
  if (error < 0) error = make_private();
  if (error < 0) return static_cast<int>(-error);
  open_table();
  return 0;
}

/// As many as there may be; what has been made stays.
bool Arena::make_entries() {
  if (entries_ != nullptr) return true;
  const long address = host::map_memory(kEntriesSize);
  if (is_address(address)) entries_ = reinterpret_cast<farcall_buf*>(address);
  return entries_ != nullptr;
}

/// 0 or -errno.
long Arena::make_shared(std::size_t size) {
  // Beyond the limit the file would cost the program a SIGXFSZ.
  if (host::file_size_limit() < size) return -EFBIG;
  const long memory = host::sealed_memory("farcall-buffers", size);
  if (memory < 0) return memory;
  const long address = host::map_shared(static_cast<int>(memory), size);
  long error = address;
  if (is_address(address)) {
    hold(address, size, arena::buffers_offset(size));
    shared_ = offer(static_cast<int>(memory));
    error = shared_ ? 0 : -EAGAIN;
  }
  host::close(static_cast<int>(memory));
  if (shared_) {
    shared_end_ = static_cast<std::uint64_t>(address) + size_;
    shared_begin_ = static_cast<std::uint64_t>(address) + begin_;
  } else {
    let_go();
  }
  return error;
}

void Arena::hold(long address, std::size_t size, std::size_t begin) {
  base_ = reinterpret_cast<std::byte*>(address);
  size_ = size;
  begin_ = begin;
}

void Arena::let_go() {
  if (base_ != nullptr) host::unmap_memory(base_, size_);
  base_ = nullptr;
}

/// True when the server has taken it.
bool Arena::offer(int memory) {
  const arena::Offer offer{reinterpret_cast<std::uint64_t>(base_), size_};
  const Request request{sysproxy::FrameType::arena_open, 0, &offer, sizeof offer, {memory}};
  int error = 0;
  std::int32_t answer = -1;
  Call* const call = connection().submit(request, &error);
  if (call == nullptr) return false;
  connection().await(*call, Patience::steadfast, host::kAllSignals);
  if (call->outcome == Call::Outcome::answered && call->body_size >= sizeof answer) {
    std::memcpy(&answer, call->body.data(), sizeof answer);
  }
  connection().finish(*call);
  return answer == 0;
}

long Arena::make_private() {
  const long address = host::map_memory(kUsualSize);
  if (!is_address(address)) return address;
  host::keep_from_children(reinterpret_cast<void*>(address), kUsualSize);
  hold(address, kUsualSize, 0);
  return 0;
}

void Arena::open_table() {
  const std::size_t first = begin_ / arena::kPage;
  const auto* const loans = reinterpret_cast<const arena::Loans*>(base_ + arena::kLoansOffset);
  table_.open(entries_, size_ / arena::kPage - first, shared_ ? loans + first : nullptr);
}

std::byte* Arena::data_of(const farcall_buf& buffer) const {
  return base_ + begin_ + table_.page_of(buffer) * arena::kPage;
}

bool Arena::is_shared() const {
  return is_open() && shared_ && connection().generation() == generation_;
}

std::uint64_t Arena::bytes_lent() const { return shared_ ? shared(header().lent).load() : 0; }

std::uint64_t Arena::bytes_copied() const { return shared_ ? shared(header().copied).load() : 0; }

void Arena::close() {
  if (!is_open()) return;
  shared_begin_ = shared_end_ = 0;
  let_go();
  std::memset(entries_, 0, table_.size_of_entries());
  table_.open(nullptr, 0, nullptr);
}

void Arena::forget() {
  new (&mutex) Mutex;
  if (!is_open()) return;
  shared_begin_ = shared_end_ = 0;
  host::unmap_memory(entries_, kEntriesSize);
  entries_ = nullptr;
  table_.open(nullptr, 0, nullptr);
  base_ = nullptr;
}

bool Arena::covers(std::uint64_t address, std::uint64_t size) const {
  const std::uint64_t begin = shared_begin_;
  const std::uint64_t end = shared_end_;
  return address >= begin && address < end && size <= end - address;
}

int Arena::wait(const farcall_buf& buffer, std::int64_t deadline) {
  while (table_.is_lent(buffer)) {
    if (!is_shared()) return ENOTCONN;
    const std::int64_t left = deadline - host::monotonic_ns();
    if (left <= 0) return ETIMEDOUT;
    if (sleep(buffer, std::min(left, kLook)) == -EINTR) return EINTR;
  }
  return 0;
}

long Arena::sleep(const farcall_buf& buffer, std::int64_t time) {
  const std::uint32_t seen = shared(header().bell).load();
  shared(header().sleepers).fetch_add(1);  // and only then the last look
  long result = 0;
  if (table_.is_lent(buffer)) {
    result = host::shared_futex_wait(header().bell, seen, time, false);
  }
  shared(header().sleepers).fetch_sub(1);
  return result;
}

}  // namespace farcall::client
