// What /proc says of a process.
#pragma once

#include <sys/types.h>

#include <string>

namespace farcall::bench {

/// Nanoseconds of processor time of all its threads that live. 0 when there is no such process.
double cpu_time_of(pid_t pid);
/// Bytes of memory that are there.
double resident_bytes_of(pid_t pid);
/// Who listens at `url` (unix://PATH), as the socket tells; -1 when it does not, as over tcp.
pid_t server_behind(const std::string& url);

}  // namespace farcall::bench
