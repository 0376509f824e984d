#include "session.h"

#include <rump/rumpclient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <cerrno>

#include "adoption.h"
#include "descriptors.h"
#include "farcall/url.h"
#include "host.h"
#include "local.h"
#include "netbsd/constants.h"

namespace farcall::client {
namespace {

using sysproxy::HandshakeKind;

constinit char the_url[kMaxUrl] = "";

/// Keeps `url` for later connections, with a relative path made absolute while the working
/// directory is the one that it was written for. One that would then be too long for a socket's
/// name stays as it is.
void remember_url(const char* url) {
  constexpr std::size_t kScheme = 7;
  char directory[kMaxUrl];
  const bool relative = strncmp(url, "unix://", kScheme) == 0 && url[kScheme] != '/';
  if (relative && host::getcwd(directory, sizeof directory) > 0) {
    char absolute[kMaxUrl];
    const int size = snprintf(absolute, sizeof absolute, "unix://%s/%s", directory, url + kScheme);
    if (size > 0 && static_cast<std::size_t>(size) < sizeof absolute && parse_url(absolute).ok()) {
      memcpy(the_url, absolute, sizeof the_url);
      return;
    }
  }
  snprintf(the_url, sizeof the_url, "%s", url);
}

void install(const Link& link) {
  const SignalsBlocked blocked;
  connection().install(link);
}

Result<void> introduce_and_install(Link link, HandshakeKind kind,
                                   const sysproxy::ForkHandshake* fork) {
  if (auto greeted = introduce(link, kind, fork); !greeted.ok()) {
    close_own(link.fd);
    return greeted;
  }
  install(link);
  return {};
}

const char* why_not_greeted(int code) {
  switch (code) {
    case EPERM:
      return "the server refused us";
    case EPROTONOSUPPORT:
      return "the server is of another version of Farcall, which does not go with this one";
    default:
      return strerrordesc_np(code);
  }
}

Result<void> connect_as(HandshakeKind kind, const sysproxy::ForkCookie* cookie, Reason& reason) {
  FARCALL_ASSIGN(const Link link, dial(the_url, reason));
  sysproxy::ForkHandshake fork{};
  if (cookie != nullptr) fork.cookie = *cookie;
  auto done = introduce_and_install(link, kind, cookie != nullptr ? &fork : nullptr);
  if (!done.ok()) {
    return reason.fail(the_url, why_not_greeted(done.code()), done.code());
  }
  return done;
}

/// A child of fork that never said so: its parent's connection is not its own.
void forget_parent() {
  const SignalsBlocked blocked;
  if (connection().is_inherited()) connection().reset_in_child();
}

class Reconnection {
 public:
  /// True when the connection is there again.
  bool run();
  constinit static std::atomic<time_t> retry;

 private:
  bool attempt();
  bool keep_trying();
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<Thread*> owner_{nullptr};
};

constinit std::atomic<time_t> Reconnection::retry{0};
constinit Reconnection the_reconnection;

void say(const char* what) {
  char line[kMaxUrl + 64];
  const int size = snprintf(line, sizeof line, "farcall: %s: %s\n", the_url, what);
  host::write(2, line, static_cast<std::size_t>(size));
}

bool Reconnection::attempt() {
  Reason reason(nullptr, 0);
  return connect_as(HandshakeKind::guest, nullptr, reason).ok();
}

bool Reconnection::keep_trying() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const time_t limit = retry;
  const std::int64_t begin = host::monotonic_ns();
  for (int tries = 0;; ++tries) {
    if (attempt()) {
      if (tries != 0) say("connected again, as a new process of the kernel");
      return true;
    }
    if (limit == RUMPCLIENT_RETRYCONN_ONCE) return false;
    if (tries == 0) say("connection to the kernel lost, trying to connect again");
    const bool expired = limit > 0 && (host::monotonic_ns() - begin) / kSecond >= limit;
    if (expired || retry == 0) {
      say("gave up connecting again");
      return false;
    }
    host::sleep_ns(std::min<std::int64_t>((tries + 1) * kSecond / 10, 2 * kSecond));
  }
}

bool Reconnection::run() {
  if (retry == 0) return false;
  if (retry == RUMPCLIENT_RETRYCONN_DIE) host::exit(1);
  if (owner_ == &this_thread()) return false;  // in a signal handler of the thread that tries
  if (busy_.exchange(1) != 0) {
    while (busy_ != 0) host::futex_wait(busy_, 1, nullptr);
    const SignalsBlocked blocked;
    return connection().is_up();
  }
  owner_ = &this_thread();
  bool up = false;
  {
    const SignalsBlocked blocked;
    up = connection().is_up();
  }
  if (!up) up = keep_trying();
  owner_ = nullptr;
  busy_ = 0;
  host::futex_wake(busy_, 1 << 30);
  return up;
}

/// The calling thread's channel, which it gets by its second call on a connection, or nullptr.
Channel* channel_of(const Thread& self) {
  const std::uint32_t generation = connection().generation();
  const auto is_current = [generation](const Channel* channel) {
    return channel != nullptr && channel->generation() == generation;
  };
  if (self.waiting != nullptr || generation == 0) return nullptr;
  if (is_current(self.channel)) return self.channel;
  if (self.asked == generation) return nullptr;
  const SignalsBlocked blocked;
  connection().consider_channel(blocked.program_mask());
  return is_current(self.channel) ? self.channel : nullptr;
}

/// Connects again if that is wanted, which may take long, with the program's signal mask. True when
/// the connection is there again.
bool reconnect(const Waiting& waiting) {
  if (waiting.open == nullptr || Reconnection::retry == 0) return the_reconnection.run();
  const host::SignalSet held = host::set_signal_mask(*waiting.open);
  const bool connected = the_reconnection.run();
  host::set_signal_mask(held);
  return connected;
}

/// One attempt of a request. False: *error says why it was not sent.
bool attempt(const Request& request, const Waiting& waiting, Answer* answer, int* error) {
  const SignalsBlocked blocked;
  Connection& to = connection();
  Call* call = to.submit(request, error);
  if (call == nullptr) return false;
  to.await(*call, waiting.patience,
           waiting.open != nullptr ? *waiting.open : blocked.program_mask());
  *answer = answer_of(*call);
  to.finish(*call);
  return true;
}

}  // namespace

const char* server_url() { return the_url; }

void set_retry(time_t seconds) {
  if (seconds >= RUMPCLIENT_RETRYCONN_DIE) Reconnection::retry = seconds;
}

Answer answer_of(const Call& call) {
  return {call.outcome, call.faulted, call.detail, call.body, call.body_size};
}

int syscall_result(const Answer& answer, long retval[2]) {
  sysproxy::SyscallResponse response{};
  switch (answer.outcome) {
    case Call::Outcome::answered:
      break;
    case Call::Outcome::interrupted:
      return NB_EINTR;
    case Call::Outcome::lost:
      return -1;
    case Call::Outcome::refused:
      switch (static_cast<sysproxy::WireError>(answer.detail)) {
        case sysproxy::WireError::try_again:
          return NB_EAGAIN;
        case sysproxy::WireError::in_exec:
          return NB_EBUSY;
        case sysproxy::WireError::no_memory:
          return NB_ENOMEM;
        default:
          return -1;
      }
  }
  if (answer.size < sizeof response) return -1;
  memcpy(&response, answer.body.data(), sizeof response);
  if (response.error != 0) return response.error;
  if (answer.faulted) return NB_EFAULT;
  retval[0] = response.result[0];
  retval[1] = response.result[1];
  return 0;
}

Result<void> begin(const char* url, Reason& reason) {
  if (local::running()) return {};
  forget_parent();
  {
    const SignalsBlocked blocked;
    if (connection().is_up()) return {};
  }
  Adoption adoption;
  if (take_exec(&adoption)) {
    remember_url(adoption.url);
    return introduce_and_install(adoption.link, HandshakeKind::exec, nullptr);
  }
  if (take_spawn(&adoption)) {
    remember_url(adoption.url);
    const auto adopted = connect_as(HandshakeKind::fork, &adoption.cookie, reason);
    // A cookie that was used or given up: an older program left the variable to us.
    if (adopted.code() != ESRCH) return adopted;
  }
  if (url == nullptr) url = getenv("RUMP_SERVER");
  if (url == nullptr)
    return reason.fail("RUMP_SERVER", "not set: no server is named", EDESTADDRREQ);
  if (strncmp(url, local::kScheme, sizeof local::kScheme - 1) == 0) {
    return local::start(url, reason);
  }
  if (strlen(url) >= kMaxUrl) return reason.fail(url, "too long", ENAMETOOLONG);
  remember_url(url);
  return connect_as(HandshakeKind::guest, nullptr, reason);
}

Result<void> begin_as_fork(const sysproxy::ForkCookie& cookie) {
  {
    const SignalsBlocked blocked;
    connection().reset_in_child();
  }
  Reason reason(nullptr, 0);
  auto done = connect_as(HandshakeKind::fork, &cookie, reason);
  const SignalsBlocked blocked;
  if (done.ok()) connection().nudge_outer();
  return done;
}

Result<sysproxy::ForkCookie> prepare_child() {
  const Request request{sysproxy::FrameType::prefork, 0, nullptr, 0};
  FARCALL_ASSIGN(const Answer answer, perform(request, {Patience::steadfast}));
  sysproxy::ForkCookie cookie;
  if (answer.outcome == Call::Outcome::refused) return Error{errno_from_wire(answer.detail)};
  if (answer.outcome != Call::Outcome::answered || answer.size < sizeof cookie)
    return Error{EPROTO};
  memcpy(&cookie, answer.body.data(), sizeof cookie);
  return cookie;
}

Result<Answer> perform(const Request& request, Waiting waiting) {
  for (;;) {
    int error = 0;
    Answer answer;
    if (attempt(request, waiting, &answer, &error) && answer.outcome != Call::Outcome::lost)
      return answer;
    if (error == EAGAIN) return Error{EAGAIN};
    if (!reconnect(waiting)) return Error{ENOTCONN};
  }
}

Result<int> system_call(const SystemCall& call, Waiting waiting, long retval[2]) {
  if (Channel* channel = channel_of(this_thread()); channel != nullptr) {
    int error = 0;
    const Channel::End end = channel->call(call, waiting, &error, retval);
    if (end == Channel::End::answered) return error;
    if (end == Channel::End::lost && !reconnect(waiting)) return Error{ENOTCONN};
  }
  const Request request{sysproxy::FrameType::syscall, static_cast<std::uint32_t>(call.number),
                        call.arguments, call.size};
  FARCALL_ASSIGN(const Answer answer, perform(request, waiting));
  const int error = syscall_result(answer, retval);
  if (error < 0) return Error{ENOTCONN};
  return error;
}

}  // namespace farcall::client
