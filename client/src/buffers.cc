// farcall/buffers.h.
#include <farcall/buffers.h>
#include <farcall/client.h>

#include <cerrno>
#include <cstdint>

#include "arena.h"
#include "connection.h"
#include "netbsd/syscalls.h"

using namespace farcall::client;

namespace {

/// The arena, for a scope.
class ArenaScope {
 public:
  ArenaScope() : guard_(arena_of_process().mutex) {}
  Arena* operator->() const { return &arena_of_process(); }

 private:
  SignalsBlocked blocked_;
  Guard guard_;
};

int fail(int error) {
  errno = error;
  return -1;
}

/// Of the parent's memory a child of fork has nothing.
bool is_parents() { return connection().is_inherited(); }

/// A buffer, for a call that sends from it: one that is freed meanwhile stays until the call ends.
class Use {
 public:
  /// nullptr in buffer(): these bytes are in none.
  Use(const farcall_buf* name, std::size_t offset, std::size_t size) {
    if (is_parents()) return;
    const ArenaScope arena;
    farcall_buf* const found = arena->table().find(name);
    if (found == nullptr || offset > found->size || size > found->size - offset) return;
    if (found->users == UINT16_MAX) return;
    ++found->users;
    buffer_ = found;
    data_ = arena->data_of(*found) + offset;
    lends_ = arena->lends();
  }
  ~Use() {
    if (buffer_ == nullptr) return;
    const ArenaScope arena;
    --buffer_->users;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  [[nodiscard]] const farcall_buf* buffer() const { return buffer_; }
  [[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(data_); }
  [[nodiscard]] bool lends() const { return lends_; }

 private:
  farcall_buf* buffer_ = nullptr;
  std::byte* data_ = nullptr;
  bool lends_ = false;
};

std::uint64_t slot(int number) { return static_cast<std::uint64_t>(std::int64_t{number}); }

}  // namespace

extern "C" {

farcall_buf* farcall_buf_alloc(size_t size) {
  int error = size == 0 ? EINVAL : ENOTCONN;
  farcall_buf* buffer = nullptr;
  if (size != 0 && !is_parents()) {
    const ArenaScope arena;
    error = arena->open();
    if (error == 0) {
      buffer = arena->table().allocate(size);
      error = ENOMEM;
    }
  }
  if (buffer == nullptr) errno = error;
  return buffer;
}

void* farcall_buf_data(const farcall_buf* buffer) {
  if (is_parents()) return nullptr;
  const ArenaScope arena;
  const farcall_buf* const found = arena->table().find(buffer);
  return found != nullptr ? arena->data_of(*found) : nullptr;
}

size_t farcall_buf_size(const farcall_buf* buffer) {
  if (is_parents()) return 0;
  const ArenaScope arena;
  const farcall_buf* const found = arena->table().find(buffer);
  return found != nullptr ? found->size : 0;
}

int farcall_buf_free(farcall_buf* buffer) {
  bool freed = false;
  if (!is_parents()) {
    const ArenaScope arena;
    if (farcall_buf* const found = arena->table().find(buffer); found != nullptr) {
      arena->table().release(*found);
      freed = true;
    }
  }
  return freed ? 0 : fail(EINVAL);
}

int farcall_buf_send(int fd, farcall_buf* buffer, size_t offset, size_t size, int flags,
                     size_t* sent) {
  const Use use(buffer, offset, size);
  if (use.buffer() == nullptr) return fail(EINVAL);
  if (use.lends()) flags |= farcall::arena::kMsgLend;
  const std::uint64_t arguments[] = {slot(fd), use.address(), size, slot(flags), 0, 0};
  long result[2] = {};
  const int error = farcall_syscall(NB_SYS_sendto, arguments, 6, result, 1);
  if (error == 0) *sent = static_cast<size_t>(result[0]);
  return error;
}

int farcall_buf_wait(const farcall_buf* buffer, int timeout) {
  constexpr std::int64_t kMillisecond = 1'000'000;  // ns
  const Use use(buffer, 0, 0);
  if (use.buffer() == nullptr) return fail(EINVAL);
  const std::int64_t deadline =
      timeout < 0 ? INT64_MAX : host::monotonic_ns() + timeout * kMillisecond;
  const int error = arena_of_process().wait(*use.buffer(), deadline);
  return error == 0 ? 0 : fail(error);
}

int farcall_buf_receive(int fd, size_t most, int flags, farcall_buf** buffer, size_t* size) {
  *buffer = nullptr;
  *size = 0;
  farcall_buf* const made = farcall_buf_alloc(most);
  if (made == nullptr) return -1;
  const auto address = reinterpret_cast<std::uint64_t>(farcall_buf_data(made));
  const std::uint64_t arguments[] = {slot(fd), address, most, slot(flags), 0, 0};
  long result[2] = {};
  const int error = farcall_syscall(NB_SYS_recvfrom, arguments, 6, result, 1);
  const ArenaScope arena;
  if (error != 0 || result[0] <= 0) {
    arena->table().release(*made);
    return error;
  }
  *size = static_cast<size_t>(result[0]);
  arena->table().trim(*made, *size);
  *buffer = made;
  return 0;
}

void farcall_buf_query(struct farcall_buf_status* status) {
  *status = {};
  if (is_parents()) return;
  const ArenaScope arena;
  if (!arena->is_open()) return;
  *status = {.shared = arena->is_shared() ? 1 : 0,
             .lends = arena->lends() ? 1 : 0,
             .size = arena->size(),
             .used = arena->table().used() * farcall::arena::kPage,
             .lent = arena->table().lent() * farcall::arena::kPage,
             .bytes_lent = arena->bytes_lent(),
             .bytes_copied = arena->bytes_copied()};
}

}  // extern "C"
