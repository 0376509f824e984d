#include "personality/errno_table.h"

#include "personality/netbsd.h"

#include <array>
#include <cerrno>

namespace farcall::personality {
namespace {

struct ErrnoRow {
  int netbsd;
  int linux_errno;
};

// Where Linux has no such error, the nearest one that a program would take the same way.
constexpr ErrnoRow kRows[] = {
    {0, 0},
    {NB_EPERM, EPERM},
    {NB_ENOENT, ENOENT},
    {NB_ESRCH, ESRCH},
    {NB_EINTR, EINTR},
    {NB_EIO, EIO},
    {NB_ENXIO, ENXIO},
    {NB_E2BIG, E2BIG},
    {NB_ENOEXEC, ENOEXEC},
    {NB_EBADF, EBADF},
    {NB_ECHILD, ECHILD},
    {NB_EDEADLK, EDEADLK},
    {NB_ENOMEM, ENOMEM},
    {NB_EACCES, EACCES},
    {NB_EFAULT, EFAULT},
    {NB_ENOTBLK, ENOTBLK},
    {NB_EBUSY, EBUSY},
    {NB_EEXIST, EEXIST},
    {NB_EXDEV, EXDEV},
    {NB_ENODEV, ENODEV},
    {NB_ENOTDIR, ENOTDIR},
    {NB_EISDIR, EISDIR},
    {NB_EINVAL, EINVAL},
    {NB_ENFILE, ENFILE},
    {NB_EMFILE, EMFILE},
    {NB_ENOTTY, ENOTTY},
    {NB_ETXTBSY, ETXTBSY},
    {NB_EFBIG, EFBIG},
    {NB_ENOSPC, ENOSPC},
    {NB_ESPIPE, ESPIPE},
    {NB_EROFS, EROFS},
    {NB_EMLINK, EMLINK},
    {NB_EPIPE, EPIPE},
    {NB_EDOM, EDOM},
    {NB_ERANGE, ERANGE},
    {NB_EAGAIN, EAGAIN},
    {NB_EINPROGRESS, EINPROGRESS},
    {NB_EALREADY, EALREADY},
    {NB_ENOTSOCK, ENOTSOCK},
    {NB_EDESTADDRREQ, EDESTADDRREQ},
    {NB_EMSGSIZE, EMSGSIZE},
    {NB_EPROTOTYPE, EPROTOTYPE},
    {NB_ENOPROTOOPT, ENOPROTOOPT},
    {NB_EPROTONOSUPPORT, EPROTONOSUPPORT},
    {NB_ESOCKTNOSUPPORT, ESOCKTNOSUPPORT},
    {NB_EOPNOTSUPP, EOPNOTSUPP},
    {NB_EPFNOSUPPORT, EPFNOSUPPORT},
    {NB_EAFNOSUPPORT, EAFNOSUPPORT},
    {NB_EADDRINUSE, EADDRINUSE},
    {NB_EADDRNOTAVAIL, EADDRNOTAVAIL},
    {NB_ENETDOWN, ENETDOWN},
    {NB_ENETUNREACH, ENETUNREACH},
    {NB_ENETRESET, ENETRESET},
    {NB_ECONNABORTED, ECONNABORTED},
    {NB_ECONNRESET, ECONNRESET},
    {NB_ENOBUFS, ENOBUFS},
    {NB_EISCONN, EISCONN},
    {NB_ENOTCONN, ENOTCONN},
    {NB_ESHUTDOWN, ESHUTDOWN},
    {NB_ETOOMANYREFS, ETOOMANYREFS},
    {NB_ETIMEDOUT, ETIMEDOUT},
    {NB_ECONNREFUSED, ECONNREFUSED},
    {NB_ELOOP, ELOOP},
    {NB_ENAMETOOLONG, ENAMETOOLONG},
    {NB_EHOSTDOWN, EHOSTDOWN},
    {NB_EHOSTUNREACH, EHOSTUNREACH},
    {NB_ENOTEMPTY, ENOTEMPTY},
    {NB_EPROCLIM, EAGAIN},
    {NB_EUSERS, EUSERS},
    {NB_EDQUOT, EDQUOT},
    {NB_ESTALE, ESTALE},
    {NB_EREMOTE, EREMOTE},
    {NB_EBADRPC, EPROTO},
    {NB_ERPCMISMATCH, EPROTO},
    {NB_EPROGUNAVAIL, EPROTO},
    {NB_EPROGMISMATCH, EPROTO},
    {NB_EPROCUNAVAIL, EPROTO},
    {NB_ENOLCK, ENOLCK},
    {NB_ENOSYS, ENOSYS},
    {NB_EFTYPE, EINVAL},
    {NB_EAUTH, EACCES},
    {NB_ENEEDAUTH, EACCES},
    {NB_EIDRM, EIDRM},
    {NB_ENOMSG, ENOMSG},
    {NB_EOVERFLOW, EOVERFLOW},
    {NB_EILSEQ, EILSEQ},
    {NB_ENOTSUP, EOPNOTSUPP},
    {NB_ECANCELED, ECANCELED},
    {NB_EBADMSG, EBADMSG},
    {NB_ENODATA, ENODATA},
    {NB_ENOSR, ENOSR},
    {NB_ENOSTR, ENOSTR},
    {NB_ETIME, ETIME},
    {NB_ENOATTR, ENODATA},
    {NB_EMULTIHOP, EMULTIHOP},
    {NB_ENOLINK, ENOLINK},
    {NB_EPROTO, EPROTO},
};

constexpr auto make_table() {
  std::array<unsigned char, NB_ELAST + 1> table{};
  table.fill(EIO);
  for (const ErrnoRow& row : kRows) {
    table[static_cast<std::size_t>(row.netbsd)] = static_cast<unsigned char>(row.linux_errno);
  }
  return table;
}

constexpr auto kTable = make_table();
static_assert(std::size(kRows) == NB_ELAST + 1, "every errno of NetBSD has its row");

}  // namespace

int errno_from_netbsd(int netbsd_errno) {
  const bool known = netbsd_errno >= 0 && netbsd_errno <= NB_ELAST;
  return known ? kTable[static_cast<std::size_t>(netbsd_errno)] : EIO;
}

}  // namespace farcall::personality
