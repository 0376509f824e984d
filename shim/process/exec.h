// The exec family: the new program goes on as the same process in the kernel, with the descriptors
// that are not closed on exec, when it loads this library; else the kernel process ends there.
#pragma once

namespace farcall::shim::process {

/// execveat(2); `directory` AT_FDCWD and no flags for execve(2). Async-signal-safe. Returns only to
/// fail: -errno.
long exec(int directory, const char* path, char* const argv[], char* const environment[],
          int flags);

/// execvpe(3): looks in PATH, and gives files without a known format to the shell. -errno.
long exec_in_path(const char* file, char* const argv[], char* const environment[]);

}  // namespace farcall::shim::process
