// errno values: one table for both directions.
#include "errors.h"

#include <array>
#include <cstdint>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"

namespace farcall::hypercall {
namespace {

struct Pair {
  int host;
  int netbsd;
};

#define SAME(name) \
  { name, NB_##name }

// In each direction the first row counts. The rows after the common names are for what only one
// side has.
// clang-format off
constexpr Pair kPairs[] = {
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
    SAME(ENOTSUP),
    // Only NetBSD's.
    {EAGAIN, NB_EPROCLIM}, {EPROTO, NB_EBADRPC}, {EPROTO, NB_ERPCMISMATCH},
    {EPROTO, NB_EPROGUNAVAIL}, {EPROTO, NB_EPROGMISMATCH}, {EPROTO, NB_EPROCUNAVAIL},
    {EINVAL, NB_EFTYPE}, {EACCES, NB_EAUTH}, {EACCES, NB_ENEEDAUTH}, {ENODATA, NB_ENOATTR},
    // Only the host's.
    {ERESTART, NB_EINTR}, {EUCLEAN, NB_EIO}, {EREMOTEIO, NB_EIO}, {ECOMM, NB_EIO},
    {EBADFD, NB_EBADF}, {ENOMEDIUM, NB_ENXIO}, {EMEDIUMTYPE, NB_EFTYPE}, {ENONET, NB_ENETDOWN},
    {ERFKILL, NB_ENETDOWN}, {ESTRPIPE, NB_EPIPE}, {EKEYREJECTED, NB_EACCES},
    {EKEYEXPIRED, NB_EACCES}, {EKEYREVOKED, NB_EACCES}, {ENOKEY, NB_EACCES},
};
// clang-format on

#undef SAME

constexpr int kHostLimit = EHWPOISON + 1;
constexpr int kNetbsdLimit = NB_ELAST + 1;

template <std::size_t limit>
using Map = std::array<std::uint8_t, limit>;

/// What the table says for each value below `limit`, 0 for none.
template <std::size_t limit>
constexpr Map<limit> index(int Pair::*from, int Pair::*to) {
  Map<limit> map = {};
  for (const Pair& pair : kPairs) {
    std::uint8_t& entry = map[static_cast<std::size_t>(pair.*from)];
    if (entry == 0) entry = static_cast<std::uint8_t>(pair.*to);
  }
  return map;
}

constexpr auto kToNetbsd = index<kHostLimit>(&Pair::host, &Pair::netbsd);
constexpr auto kToHost = index<kNetbsdLimit>(&Pair::netbsd, &Pair::host);

constexpr bool every_netbsd_value_is_known() {
  for (std::size_t value = 1; value < kToHost.size(); ++value) {
    if (kToHost[value] == 0) return false;
  }
  return true;
}
static_assert(every_netbsd_value_is_known());

template <std::size_t limit>
int look_up(const Map<limit>& map, int value, int otherwise) {
  if (value == 0) return 0;
  const auto found = value > 0 && static_cast<std::size_t>(value) < limit
                         ? map[static_cast<std::size_t>(value)]
                         : 0;
  return found != 0 ? found : otherwise;
}

}  // namespace

int netbsd_errno(int host) { return look_up(kToNetbsd, host, NB_EINVAL); }

int host_errno(int netbsd) { return look_up(kToHost, netbsd, EINVAL); }

}  // namespace farcall::hypercall

int farcall_hypercall_errno_to_netbsd(int host) { return farcall::hypercall::netbsd_errno(host); }
