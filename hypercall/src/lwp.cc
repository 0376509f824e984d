// The lwp that a host thread runs, and its errno.
#include <cassert>
#include <cerrno>

#include "rump/rumpuser.h"

namespace {

// Read on every system call: one instruction with this model.
[[gnu::tls_model("initial-exec")]] thread_local lwp* current = nullptr;

}  // namespace

void rumpuser_curlwpop(int op, lwp* l) {
  switch (op) {
    case RUMPUSER_LWP_SET:
      assert(current == nullptr);
      current = l;
      break;
    case RUMPUSER_LWP_CLEAR:
      assert(current == l);
      current = nullptr;
      break;
    default:  // creation and destruction are for hosts that keep a register of lwps
      break;
  }
}

lwp* rumpuser_curlwp() { return current; }

void rumpuser_seterrno(int error) { errno = error; }
