// What one program hands to the next over exec: in environment variables, so that it survives
// whatever lies between.
//
//     FARCALL_EXEC=<pid>:<fd>:<inode>:<mark>@<url>   the connection, left open over execve
//     FARCALL_SPAWN=<32 hexadecimal digits>@<url>    a prepared process, for a child that execs at
//     once
//
// Either may outlive its use: a program that does not know it passes it on to its children. So the
// pid, and the socket's inode, must be right; and a cookie is good for once.
#pragma once

#include <cstddef>

#include "farcall/sysproxy.h"
#include "link.h"

namespace farcall::client {

inline constexpr std::size_t kMaxUrl = 256;

struct Adoption {
  Link link;                      ///< of take_exec
  sysproxy::ForkCookie cookie{};  ///< of take_spawn
  char url[kMaxUrl] = "";
};

/// Takes the variable out of the environment. True when it holds something for this process.
bool take_exec(Adoption* adoption);
bool take_spawn(Adoption* adoption);

/// "NAME=value" for the next program's environment. False when `size` is too small.
bool write_exec(const Link& link, const char* url, char* buffer, std::size_t size);
bool write_spawn(const sysproxy::ForkCookie& cookie, const char* url, char* buffer,
                 std::size_t size);

/// Whether the descriptor is closed by execve.
void set_close_on_exec(int fd, bool on);

}  // namespace farcall::client
