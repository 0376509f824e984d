// How soon a thread runs that is woken on a CPU where others run.
#pragma once

namespace farcall::server {

/// The calling thread shall run at once when it is woken, before the thread that woke it: for one
/// that has little to do each time. It gets short time slices (sched_setattr(2)), which Linux minds
/// since 6.12; threads that it starts have the usual ones. Nothing happens where the host, or who
/// started the server, has other plans: another policy than the usual, or a negative nice value.
void run_when_woken();

}  // namespace farcall::server
