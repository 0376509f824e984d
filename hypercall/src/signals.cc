// Signals to the process that contains the kernel.
#include <unistd.h>

#include <csignal>

#include "errors.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace {

struct Signal {
  int netbsd;
  int host;
};

// SIGEMT and SIGINFO, which the host lacks, are missing.
constexpr Signal kSignals[] = {
    {NB_SIGHUP, SIGHUP},     {NB_SIGINT, SIGINT},   {NB_SIGQUIT, SIGQUIT},
    {NB_SIGILL, SIGILL},     {NB_SIGTRAP, SIGTRAP}, {NB_SIGABRT, SIGABRT},
    {NB_SIGFPE, SIGFPE},     {NB_SIGKILL, SIGKILL}, {NB_SIGBUS, SIGBUS},
    {NB_SIGSEGV, SIGSEGV},   {NB_SIGSYS, SIGSYS},   {NB_SIGPIPE, SIGPIPE},
    {NB_SIGALRM, SIGALRM},   {NB_SIGTERM, SIGTERM}, {NB_SIGURG, SIGURG},
    {NB_SIGSTOP, SIGSTOP},   {NB_SIGTSTP, SIGTSTP}, {NB_SIGCONT, SIGCONT},
    {NB_SIGCHLD, SIGCHLD},   {NB_SIGTTIN, SIGTTIN}, {NB_SIGTTOU, SIGTTOU},
    {NB_SIGIO, SIGIO},       {NB_SIGXCPU, SIGXCPU}, {NB_SIGXFSZ, SIGXFSZ},
    {NB_SIGPROF, SIGPROF},   {NB_SIGUSR1, SIGUSR1}, {NB_SIGVTALRM, SIGVTALRM},
    {NB_SIGWINCH, SIGWINCH}, {NB_SIGPWR, SIGPWR},   {NB_SIGUSR2, SIGUSR2},
};

}  // namespace

// Which of the kernel's processes is meant makes no difference here: those of clients elsewhere get
// theirs through rumpuser_sp_raise.
int rumpuser_kill(int64_t, int sig) {
  for (const Signal& signal : kSignals) {
    if (signal.netbsd == sig)
      return farcall::hypercall::hypercall_result(::kill(::getpid(), signal.host));
  }
  return NB_EINVAL;
}
