// rumpclient(3): the calls that concern one process. process.cc has fork and exec.
#include <rump/rumpclient.h>

#include <cerrno>

#include "descriptors.h"
#include "host.h"
#include "local.h"
#include "session.h"

using namespace farcall::client;

namespace {

/// errno as the C interface wants it.
template <class Result>
int status_of(const Result& result) {
  if (result.ok()) return 0;
  errno = result.code();
  return -1;
}

}  // namespace

extern "C" {

int rumpclient_init() {
  Reason reason(nullptr, 0);
  return status_of(begin(nullptr, reason));
}

int rumpclient_syscall(int number, const void* args, size_t size, long* retval) {
  if (local::running()) {
    return local::system_call(number, static_cast<const std::uint64_t*>(args),
                              static_cast<unsigned>(size / sizeof(std::uint64_t)), retval,
                              {Patience::restarts});
  }
  const auto error = system_call({number, args, size}, {Patience::restarts}, retval);
  return error.ok() ? *error : status_of(error);
}

void rumpclient_setconnretry(time_t seconds) { set_retry(seconds); }

int rumpclient__closenotify(int* fd, enum rumpclient_closevariant variant) {
  if (variant == RUMPCLIENT_CLOSE_FCLOSEM) {
    for (const int highest = highest_own(); *fd <= highest; ++*fd) {
      if (!owns(*fd)) host::close(*fd);
    }
    return 0;
  }
  const SignalsBlocked blocked;
  const int error = owns(*fd) ? connection().move_away(*fd) : 0;
  if (error < 0) errno = -error;
  return error < 0 ? -1 : 0;
}

}  // extern "C"
