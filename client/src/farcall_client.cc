// farcall/client.h: calls that are submitted and awaited apart.
#include <farcall/client.h>

#include <cerrno>

#include "descriptors.h"
#include "local.h"
#include "passing.h"
#include "session.h"

using namespace farcall::client;

namespace {

constexpr unsigned kMaxArguments = 8;

/// Hands over the result of a call that is done.
void result_of(const Call& call, int* error, long retval[2]) {
  *error = syscall_result(answer_of(call), retval);
}

int call(const SystemCall& call, Waiting waiting, long retval[2]) {
  if (local::running()) {
    return local::system_call(call.number, static_cast<const std::uint64_t*>(call.arguments),
                              static_cast<unsigned>(call.size / sizeof(std::uint64_t)), retval,
                              waiting);
  }
  const auto error = system_call(call, waiting, retval);
  if (error.ok()) return *error;
  errno = error.code();
  return -1;
}

int or_errno(const farcall::Result<int>& result) {
  if (result.ok()) return *result;
  errno = result.code();
  return -1;
}

/// True in a child of fork that has not said so: its parent's calls are lost to it.
bool is_parents(int* error) {
  if (!connection().is_inherited()) return false;
  *error = -1;
  return true;
}

}  // namespace

extern "C" {

int farcall_connect(const char* url, char* why, size_t why_size) {
  Reason reason(why, why_size);
  const auto begun = begin(url, reason);
  if (begun.ok()) return 0;
  errno = begun.code();
  return -1;
}

int farcall_syscall(int number, const uint64_t* args, unsigned count, long retval[2], int restart) {
  if (restart != 0) return call({number, args, count * sizeof *args}, {Patience::restarts}, retval);
  const SignalsBlocked blocked;
  return farcall_syscall_masked(number, args, count, retval, blocked.program_mask());
}

int farcall_syscall_masked(int number, const uint64_t* args, unsigned count, long retval[2],
                           uint64_t mask) {
  return call({number, args, count * sizeof *args}, {Patience::once, &mask}, retval);
}

farcall_call* farcall_submit(int number, const uint64_t* args, unsigned count) {
  if (count > kMaxArguments) {
    errno = EINVAL;
    return nullptr;
  }
  if (local::running()) {
    int why = 0;
    farcall_call* local_call = local::submit(number, args, count, &why);
    if (local_call == nullptr) errno = why;
    return local_call;
  }
  const SignalsBlocked blocked;
  int error = 0;
  Call* call = connection().begin({number, args, count * sizeof *args}, &error);
  if (call == nullptr) errno = error;
  return call;
}

int farcall_call_fd(farcall_call* call) {
  if (local::running()) return local::call_fd(call);
  if (connection().is_inherited()) {
    errno = ENOTCONN;
    return -1;
  }
  const SignalsBlocked blocked;
  const int fd = connection().poll_descriptor(*call);
  if (fd >= 0) return fd;
  errno = -fd;
  return -1;
}

int farcall_try(farcall_call* call, int* error, long retval[2]) {
  if (local::running()) return local::try_now(call, error, retval) ? 1 : 0;
  if (is_parents(error)) return 1;
  const SignalsBlocked blocked;
  if (!connection().try_now(*call)) return 0;
  result_of(*call, error, retval);
  return 1;
}

void farcall_interrupt(farcall_call* call) {
  if (local::running()) return local::interrupt(call);
  if (connection().is_inherited()) return;
  const SignalsBlocked blocked;
  connection().interrupt(*call);
}

void farcall_wait(farcall_call* call, int* error, long retval[2]) {
  if (local::running()) return local::wait(call, error, retval);
  if (is_parents(error)) return;
  const SignalsBlocked blocked;
  connection().await_end(*call, blocked.program_mask());
  result_of(*call, error, retval);
}

void farcall_call_free(farcall_call* call) {
  if (local::running()) return local::free(call);
  if (connection().is_inherited()) return;
  const SignalsBlocked blocked;
  connection().finish(*call);
}

void farcall_leave_frames(const void* stack) {
  const Thread& self = this_thread();
  const bool waits =
      self.waiting != nullptr || (self.channel != nullptr && self.channel->is_used());
  if (!waits || connection().is_inherited() || host::is_alternate_stack(stack)) return;
  if (self.channel != nullptr) self.channel->leave(stack);
  const SignalsBlocked blocked;
  connection().leave(stack, blocked.program_mask());
}

int farcall_is_local() { return local::running() ? 1 : 0; }

int farcall_pack(int kfd) { return or_errno(pack(kfd)); }

void farcall_packed_drop(int fd) { close_own(fd); }

int farcall_is_packed(int fd) { return is_packed(fd) ? 1 : 0; }

int farcall_unpack(int fd, int again) { return or_errno(unpack(fd, again != 0)); }

int farcall_owns_fd(int fd) { return owns(fd) ? 1 : 0; }

}  // extern "C"
