// The local transport: the kernel is loaded into this process, and a call is a function call.
//
// SIGNALS. A handler must not find the kernel's CPU taken by the very thread that it interrupted,
// so a call is made directly with all signals blocked, and only when it will not sleep. A call that
// may sleep is made by a helper thread, while the caller waits for it with signals open; so an
// asynchronous call is made, too.
#pragma once

#include <cstdint>

#include "farcall/client.h"
#include "farcall/result.h"
#include "link.h"
#include "patience.h"

namespace farcall::client::local {

/// URLs that begin so go on with the libraries of a kernel, with colons between.
inline constexpr char kScheme[] = "local://";

/// True once a kernel runs in this process.
bool running();
/// Loads and starts the kernel that `url` names; its threads live as long as the process. The error
/// is the host's.
Result<void> start(const char* url, Reason& reason);

/// As farcall_syscall and farcall_syscall_masked.
int system_call(int number, const std::uint64_t* arguments, unsigned count, long retval[2],
                Waiting waiting);

/// As farcall_submit and what follows it; these calls are of this transport alone.
farcall_call* submit(int number, const std::uint64_t* arguments, unsigned count, int* error);
int call_fd(farcall_call* call);
bool try_now(farcall_call* call, int* error, long retval[2]);
void interrupt(farcall_call* call);
void wait(farcall_call* call, int* error, long retval[2]);
void free(farcall_call* call);

}  // namespace farcall::client::local
