#include "client_double.h"

#include "farcall/client.h"

namespace farcall::testing {
namespace {

ClientDouble* current = nullptr;

}  // namespace

ClientDouble::ClientDouble(Answer answer) : answer_(std::move(answer)) { current = this; }
ClientDouble::~ClientDouble() { current = nullptr; }

int answer_call(int number, const std::uint64_t* slots, unsigned count, long* retval, int restart) {
  if (current == nullptr) return -1;
  current->calls_.push_back({number, {slots, slots + count}, restart != 0});
  return current->answer_(current->calls_.back(), retval);
}

}  // namespace farcall::testing

extern "C" {

int farcall_syscall(int number, const uint64_t* args, unsigned count, long retval[2], int restart) {
  return farcall::testing::answer_call(number, args, count, retval, restart);
}
int farcall_syscall_masked(int number, const uint64_t* args, unsigned count, long retval[2],
                           uint64_t /*mask*/) {
  return farcall::testing::answer_call(number, args, count, retval, 0);
}
farcall_call* farcall_submit(int, const uint64_t*, unsigned) { return nullptr; }
int farcall_call_fd(farcall_call*) { return -1; }
int farcall_try(farcall_call*, int*, long*) { return 1; }
void farcall_interrupt(farcall_call*) {}
void farcall_wait(farcall_call*, int*, long*) {}
void farcall_call_free(farcall_call*) {}
}
