// Programs that are started in a new process: posix_spawn(3), and what libc builds on a private
// copy of it.
#pragma once

#include <spawn.h>
#include <stdio.h>

namespace farcall::shim::process {

struct SpawnCall {
  pid_t* pid;
  const char* program;
  const posix_spawn_file_actions_t* actions;
  const posix_spawnattr_t* attributes;
  char* const* argv;
  char* const* environment;
  bool in_path;  ///< posix_spawnp
};

/// 0 or an errno, as posix_spawn(3).
int spawn(const SpawnCall& call);

/// system(3), popen(3) and pclose(3), with their results and errno.
int system(const char* command);
FILE* popen(const char* command, const char* mode);
int pclose(FILE* stream);

}  // namespace farcall::shim::process
