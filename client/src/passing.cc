#include "passing.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>

#include "descriptors.h"
#include "farcall/host_numbers.h"
#include "handed_out.h"
#include "host.h"
#include "link.h"
#include "local.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"
#include "plain_link.h"
#include "session.h"

namespace farcall::client {
namespace {

/// What marks a connection: the number of the request whose answer lies in it ("farcall").
constexpr std::uint64_t kMark = 0x66'61'72'63'61'6c'6c;

/// The descriptors of the process behind it.
constexpr int kPacked = 0;
constexpr int kSocket = 1;

using Secret = std::array<std::byte, 16>;

template <class T>
std::uint64_t slot(T* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// A message of the kernel's with a secret and one descriptor; all of it lies in here.
struct Letter {
  Letter() = default;
  Letter(const Letter&) = delete;
  Letter& operator=(const Letter&) = delete;

  netbsd::sockaddr_un name{};
  Secret secret{};
  netbsd::iovec vector{secret.data(), secret.size()};
  struct Control {
    netbsd::cmsghdr header{};
    std::uint32_t pad = 0;
    int descriptor = -1;
    std::uint32_t end = 0;
  } control{};
  netbsd::msghdr header{nullptr, 0, &vector, 1, &control, sizeof control, 0};

  static constexpr unsigned kControlSize = offsetof(Control, descriptor) + sizeof(int);
};
static_assert(Letter::kControlSize == 20);

/// "/.farcall-" and the secret in hexadecimal digits, in the root of the kernel's files: a name
/// that nobody can foresee.
void write_name(const Secret& secret, netbsd::sockaddr_un& name) {
  constexpr char kPrefix[] = "/.farcall-";
  constexpr char kDigits[] = "0123456789abcdef";
  char* end = std::copy_n(kPrefix, sizeof kPrefix - 1, name.sun_path);
  for (const std::byte byte : secret) {
    *end++ = kDigits[std::to_integer<unsigned>(byte) >> 4];
    *end++ = kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  name.sun_family = NB_AF_LOCAL;
  name.sun_len = static_cast<unsigned char>(end + 1 - reinterpret_cast<char*>(&name));
}

/// A system call of this process, which no signal ends.
Result<int> call(int number, std::initializer_list<std::uint64_t> arguments) {
  long retval[2] = {0, 0};
  FARCALL_ASSIGN(const int error,
                 system_call({number, arguments.begin(), arguments.size() * sizeof(std::uint64_t)},
                             {Patience::steadfast}, retval));
  if (error != 0) return Error{errno_from_netbsd(error)};
  return static_cast<int>(retval[0]);
}

void close(int kfd) { static_cast<void>(call(NB_SYS_close, {static_cast<std::uint64_t>(kfd)})); }

/// A socket of this process's in the kernel, under a name for as long as it lives.
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() {
    if (kfd_ >= 0) close(kfd_);
    // Where names are files.
    if (bound_) static_cast<void>(call(NB_SYS_unlink, {slot(name_.sun_path)}));
  }

  Result<void> open(const netbsd::sockaddr_un& name) {
    name_ = name;
    FARCALL_ASSIGN(kfd_, call(NB_SYS_socket30, {NB_AF_LOCAL, NB_SOCK_DGRAM, 0}));
    FARCALL_TRY(call(NB_SYS_bind, {number(), slot(&name_), name_.sun_len}));
    bound_ = true;
    return {};
  }

  /// The descriptor that came with the secret. What others have put there is thrown away.
  Result<int> take(const Secret& secret) {
    for (int strangers = 0; strangers < kMostStrangers; ++strangers) {
      Letter letter;
      FARCALL_TRY(call(NB_SYS_recvmsg, {number(), slot(&letter.header), NB_MSG_DONTWAIT}));
      const int kfd =
          letter.header.msg_controllen >= Letter::kControlSize ? letter.control.descriptor : -1;
      if (kfd < 0) continue;
      if (letter.secret == secret) return kfd;
      close(kfd);
    }
    return Error{EPROTO};
  }

 private:
  static constexpr int kMostStrangers = 64;

  [[nodiscard]] std::uint64_t number() const { return static_cast<std::uint64_t>(kfd_); }

  netbsd::sockaddr_un name_{};
  int kfd_ = -1;
  bool bound_ = false;
};

/// Has the process behind `link` leave only what is sent, and makes sure that it can be taken.
Result<void> settle(PlainLink& link, int kfd) {
  FARCALL_TRY(link.call(NB_SYS_dup2, {static_cast<std::uint64_t>(kfd), kPacked}));
  FARCALL_TRY(link.call(NB_SYS_fcntl, {kPacked + 1, NB_F_CLOSEM, 0}));
  const auto socket = link.call(NB_SYS_socket30, {NB_AF_LOCAL, NB_SOCK_DGRAM, 0});
  if (!socket.ok()) return Error{EOPNOTSUPP};
  if (*socket != kSocket) return Error{EPROTO};
  return link.leave_mark(kMark);
}

/// By way of the server, where it does that, for this process may not reach the server's socket any
/// more.
Result<Link> further_link() {
  if (connection().hands_out()) return ask_for_link();
  Reason reason(nullptr, 0);
  return dial(server_url(), reason);
}

Result<void> introduce_and_settle(Link& link, int kfd) {
  FARCALL_ASSIGN(const sysproxy::ForkCookie cookie, prepare_child());
  const sysproxy::ForkHandshake fork{cookie, 0};
  FARCALL_TRY(introduce(link, sysproxy::HandshakeKind::fork, &fork));
  PlainLink calls(link.fd);
  return settle(calls, kfd);
}

}  // namespace

Result<int> pack(int kfd) {
  if (local::running()) return Error{EOPNOTSUPP};
  const SignalsBlocked blocked;
  FARCALL_ASSIGN(Link link, further_link());
  link.marked = false;  // who takes it over knows nothing but sysproxy
  if (const auto done = introduce_and_settle(link, kfd); !done.ok()) {
    close_own(link.fd);
    return done.error();
  }
  return int{link.fd};
}

bool is_packed(int fd) { return PlainLink::is_marked(fd, kMark); }

Result<int> unpack(int fd, bool again) {
  const SignalsBlocked blocked;
  std::array<Secret, 2> secrets;
  if (host::random_bytes(&secrets, sizeof secrets) != sizeof secrets) return Error{EIO};
  Letter letter;
  write_name(secrets[0], letter.name);
  letter.secret = secrets[1];
  letter.header.msg_name = &letter.name;
  letter.header.msg_namelen = letter.name.sun_len;
  letter.header.msg_controllen = Letter::kControlSize;
  letter.control = {{Letter::kControlSize, NB_SOL_SOCKET, NB_SCM_RIGHTS}, 0, kPacked, 0};

  PlainLink link(fd, std::as_bytes(std::span(&letter, 1)));
  FARCALL_TRY(link.take_mark(kMark));
  Mailbox mailbox;
  FARCALL_TRY(mailbox.open(letter.name));
  FARCALL_TRY(link.call(NB_SYS_sendmsg, {kSocket, slot(&letter.header), 0}));
  FARCALL_ASSIGN(const int kfd, mailbox.take(letter.secret));
  // It is not to stay open where a copy of `fd` is left somewhere.
  if (again) {
    static_cast<void>(link.leave_mark(kMark));
  } else {
    static_cast<void>(link.call(NB_SYS_close, {kPacked}));
  }
  return kfd;
}

}  // namespace farcall::client
