#include "spawn.h"

#include <array>

#include "environment.h"
#include "farcall/client.h"
#include "lasting_environment.h"
#include "local.h"
#include "rump/rumpclient.h"
#include "shim/calls/working_directory.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "spawn_actions.h"
#include "spawn_child.h"
#include "start.h"

namespace farcall::shim::process {

namespace {

int host_spawn(const SpawnCall& call, char* const environment[]) {
  const auto function = call.in_path ? host::libc().posix_spawnp : host::libc().posix_spawn;
  return function(call.pid, call.program, call.actions, call.attributes, call.argv, environment);
}

}  // namespace

int spawn(const SpawnCall& call) {
  if (refuses_process()) return ENOSYS;
  if (hijack_spec_if_started() == nullptr) return host_spawn(call, call.environment);
  const ErrnoKeeper keeper;
  if (concern_kernel(call.actions)) return spawn_child(call);
  if (leaves_kernel(call.environment)) return host_spawn(call, call.environment);
  std::array<char, kEntrySize> entry{};
  struct rumpclient_fork* prepared = nullptr;
  // A new process in the kernel, when none can be prepared.
  const bool joins = farcall_prespawn(&prepared, entry.data(), entry.size()) == 0;
  ExtendedEnvironment environment(
      call.environment, lasting_environment(),
      {joins ? entry.data() : nullptr,
       joins ? calls::working_directory::environment_entry() : nullptr});
  const int error = environment.ok() ? host_spawn(call, environment.data()) : ENOMEM;
  if (!joins) return error;
  if (error == 0) {
    rumpclient_fork_vparent(prepared);
  } else {
    rumpclient_fork_cancel(prepared);
  }
  return error;
}

}  // namespace farcall::shim::process
