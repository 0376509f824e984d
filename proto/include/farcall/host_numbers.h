// errno values and signals, which NetBSD and the host number differently: one table of each, for
// both directions.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include "netbsd/constants.h"

namespace farcall {
namespace host_numbers {

struct Pair {
  int netbsd;
  int host;
};

/// One direction of a table: what it says for each value up to `last`, 0 for none. The first row of
/// a value counts.
template <int last, std::size_t rows>
constexpr auto index(const Pair (&table)[rows], int Pair::*from, int Pair::*to) {
  std::array<std::uint8_t, last + 1> index{};
  for (const Pair& pair : table) {
    std::uint8_t& entry = index[static_cast<std::size_t>(pair.*from)];
    if (entry == 0) entry = static_cast<std::uint8_t>(pair.*to);
  }
  return index;
}

template <std::size_t size>
constexpr int look_up(const std::array<std::uint8_t, size>& index, int value) {
  return value > 0 && static_cast<std::size_t>(value) < size
             ? index[static_cast<std::size_t>(value)]
             : 0;
}

#define SAME(name) \
  { NB_##name, name }

// The rows after the common names are for what only one side has: the nearest that a program would
// take the same way.
// clang-format off
inline constexpr Pair kErrnos[] = {
    SAME(EPERM), SAME(ENOENT), SAME(ESRCH), SAME(EINTR), SAME(EIO), SAME(ENXIO), SAME(E2BIG),
    SAME(ENOEXEC), SAME(EBADF), SAME(ECHILD), SAME(EDEADLK), SAME(ENOMEM), SAME(EACCES),
    SAME(EFAULT), SAME(ENOTBLK), SAME(EBUSY), SAME(EEXIST), SAME(EXDEV), SAME(ENODEV),
    SAME(ENOTDIR), SAME(EISDIR), SAME(EINVAL), SAME(ENFILE), SAME(EMFILE), SAME(ENOTTY),
    SAME(ETXTBSY), SAME(EFBIG), SAME(ENOSPC), SAME(ESPIPE), SAME(EROFS), SAME(EMLINK), SAME(EPIPE),
    SAME(EDOM), SAME(ERANGE), SAME(EAGAIN), SAME(EINPROGRESS), SAME(EALREADY), SAME(ENOTSOCK),
    SAME(EDESTADDRREQ), SAME(EMSGSIZE), SAME(EPROTOTYPE), SAME(ENOPROTOOPT), SAME(EPROTONOSUPPORT),
    SAME(ESOCKTNOSUPPORT), SAME(EOPNOTSUPP), SAME(EPFNOSUPPORT), SAME(EAFNOSUPPORT),
    SAME(EADDRINUSE), SAME(EADDRNOTAVAIL), SAME(ENETDOWN), SAME(ENETUNREACH), SAME(ENETRESET),
    SAME(ECONNABORTED), SAME(ECONNRESET), SAME(ENOBUFS), SAME(EISCONN), SAME(ENOTCONN),
    SAME(ESHUTDOWN), SAME(ETOOMANYREFS), SAME(ETIMEDOUT), SAME(ECONNREFUSED), SAME(ELOOP),
    SAME(ENAMETOOLONG), SAME(EHOSTDOWN), SAME(EHOSTUNREACH), SAME(ENOTEMPTY), SAME(EUSERS),
    SAME(EDQUOT), SAME(ESTALE), SAME(EREMOTE), SAME(ENOLCK), SAME(ENOSYS), SAME(EIDRM),
    SAME(ENOMSG), SAME(EOVERFLOW), SAME(EILSEQ), SAME(ECANCELED), SAME(EBADMSG), SAME(ENODATA),
    SAME(ENOSR), SAME(ENOSTR), SAME(ETIME), SAME(EMULTIHOP), SAME(ENOLINK), SAME(EPROTO),
    // Linux has one value for both of NetBSD's.
    {NB_ENOTSUP, EOPNOTSUPP},
    // Only NetBSD's.
    {NB_EPROCLIM, EAGAIN}, {NB_EBADRPC, EPROTO}, {NB_ERPCMISMATCH, EPROTO},
    {NB_EPROGUNAVAIL, EPROTO}, {NB_EPROGMISMATCH, EPROTO}, {NB_EPROCUNAVAIL, EPROTO},
    {NB_EFTYPE, EINVAL}, {NB_EAUTH, EACCES}, {NB_ENEEDAUTH, EACCES}, {NB_ENOATTR, ENODATA},
    // Only the host's.
    {NB_EINTR, ERESTART}, {NB_EIO, EUCLEAN}, {NB_EIO, EREMOTEIO}, {NB_EIO, ECOMM},
    {NB_EBADF, EBADFD}, {NB_ENXIO, ENOMEDIUM}, {NB_EFTYPE, EMEDIUMTYPE}, {NB_ENETDOWN, ENONET},
    {NB_ENETDOWN, ERFKILL}, {NB_EPIPE, ESTRPIPE}, {NB_EACCES, EKEYREJECTED},
    {NB_EACCES, EKEYEXPIRED}, {NB_EACCES, EKEYREVOKED}, {NB_EACCES, ENOKEY},
};

// SIGEMT and SIGINFO, which the host lacks, are missing.
inline constexpr Pair kSignals[] = {
    SAME(SIGHUP), SAME(SIGINT), SAME(SIGQUIT), SAME(SIGILL), SAME(SIGTRAP), SAME(SIGABRT),
    SAME(SIGFPE), SAME(SIGKILL), SAME(SIGBUS), SAME(SIGSEGV), SAME(SIGSYS), SAME(SIGPIPE),
    SAME(SIGALRM), SAME(SIGTERM), SAME(SIGURG), SAME(SIGSTOP), SAME(SIGTSTP), SAME(SIGCONT),
    SAME(SIGCHLD), SAME(SIGTTIN), SAME(SIGTTOU), SAME(SIGIO), SAME(SIGXCPU), SAME(SIGXFSZ),
    SAME(SIGVTALRM), SAME(SIGPROF), SAME(SIGWINCH), SAME(SIGUSR1), SAME(SIGUSR2), SAME(SIGPWR),
};
// clang-format on

#undef SAME

inline constexpr auto kErrnoToNetbsd = index<EHWPOISON>(kErrnos, &Pair::host, &Pair::netbsd);
inline constexpr auto kErrnoToHost = index<NB_ELAST>(kErrnos, &Pair::netbsd, &Pair::host);
inline constexpr auto kSignalToHost = index<NB_SIGPWR>(kSignals, &Pair::netbsd, &Pair::host);

constexpr bool every_errno_of_netbsd_is_known() {
  for (int value = 1; value <= NB_ELAST; ++value) {
    if (look_up(kErrnoToHost, value) == 0) return false;
  }
  return true;
}
static_assert(every_errno_of_netbsd_is_known());

}  // namespace host_numbers

/// NetBSD's value for a host errno; 0 stays 0, and what NetBSD has nothing near to is EINVAL.
constexpr int errno_to_netbsd(int host) {
  const int netbsd = host_numbers::look_up(host_numbers::kErrnoToNetbsd, host);
  return netbsd != 0 || host == 0 ? netbsd : NB_EINVAL;
}

/// The host's value for NetBSD's; 0 stays 0, and what NetBSD does not define is EIO.
constexpr int errno_from_netbsd(int netbsd) {
  const int host = host_numbers::look_up(host_numbers::kErrnoToHost, netbsd);
  return host != 0 || netbsd == 0 ? host : EIO;
}

/// The host's number for a signal of NetBSD's; 0 for those that the host does not have (SIGEMT,
/// SIGINFO), and for what is none.
constexpr int signal_from_netbsd(int netbsd) {
  return host_numbers::look_up(host_numbers::kSignalToHost, netbsd);
}

}  // namespace farcall
