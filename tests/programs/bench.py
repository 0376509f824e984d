"""`farcall bench`: what its result consists of. How fast anything is, no test says."""

import json
import os

from case import case
from program import Failure, Program

NAMES = """null_call_hot null_call_idle null_call_cpu pipe_rw_1 pipe_rw_1k pipe_rw_16k pipe_rw_64k pipe_rw_1m
    udp_ping_pong tcp_lo_64k tcp_lo_64k_buffers tcp_connect poll_mixed host_call host_call_overhead tcp_transport_null
    tcp_transport_write_1m tcp_transport_relay_1m sleep_late hypercall_sleep_late hypercall_wait_late threads_1 threads_2
    threads_8 clients_1 clients_2 clients_8 clients_64 clients_64_latency memory_per_client cpu_idle server_boot server_resident
    floor_in_process_call floor_sleep_late floor_shared_memory_spin floor_spin_then_futex floor_futex_one_cpu floor_futex_one_cpu_idle
    floor_futex_two_cpus floor_unix_one_cpu floor_unix_two_cpus floor_unix_two_cpus_idle floor_clients_64
    floor_clients_64_latency floor_process_vm_readv_16k floor_process_vm_readv_1m floor_tcp_one_cpu floor_tcp_two_cpus
    floor_tcp_stream floor_tcp_relay""".split()
KEYS = {"name", "unit", "value", "p50", "p99", "p999", "floor", "peer", "ratio_to_floor", "ratio_to_peer", "peers",
        "cpu_seconds"}
WITH_FLOOR = {"null_call_hot", "null_call_idle", "pipe_rw_16k", "udp_ping_pong", "tcp_lo_64k", "tcp_connect",
              "poll_mixed", "host_call", "tcp_transport_null", "tcp_transport_write_1m",
              "tcp_transport_relay_1m", "sleep_late", "threads_8",
              "clients_64"}


def bench(bin_directory, *options):
    program = Program([bin_directory / "farcall", "bench", "--quick", "--json", *options])
    try:
        program.finish(timeout=140).expect(0)
    finally:
        program.kill()
    rows = json.loads(program.out)
    for row in rows:
        if set(row) != KEYS:
            raise Failure(f"other keys: {row}")
    return {row["name"]: row for row in rows}, program


@case(transports=(None,))
def bench_measures_everything(bin_directory):
    rows, program = bench(bin_directory)
    if list(rows) != NAMES:
        raise Failure(f"other names: {list(rows)}")
    missing = [name for name, row in rows.items() if row["value"] is None]
    missing += [f"{name}'s floor" for name in WITH_FLOOR if not rows[name]["ratio_to_floor"]]
    if missing:
        raise Failure(f"not measured: {missing}\n{program.describe()}")
    if any(row["peer"] is not None for row in rows.values()):
        raise Failure("there is no peer")


@case(transports=(None,))
def bench_compares_peers_at_servers_that_it_is_given(bin_directory):
    library = bin_directory.parent / "lib" / "librumpclient.so.0"
    rows, program = bench(bin_directory, "--only", "pipe_rw_16k", "--client-lib", library, "--client-lib", library,
                          "--client-lib", library, "--server", "own", "--server", "own", "--server", "unix:///nowhere")
    row = rows["pipe_rw_16k"]
    if not row["ratio_to_peer"] or row["peer"] != row["peers"][0] or row["peers"][1] is not None:
        raise Failure(f"{row}\n{program.describe()}")
    if any(other["value"] is not None for name, other in rows.items() if name != "pipe_rw_16k"):
        raise Failure("it measured more than it was told to")


@case(transports=(None,))
def bench_says_that_there_is_no_kernel(bin_directory):
    """Once, and before anything is measured, also when the servers are others'."""
    program = Program([bin_directory / "farcall", "bench", "--kernel", "netbsd", "--server", "unix:///nowhere"],
                      env={**os.environ, "RUMP_PREFIX": "/nowhere"})
    try:
        error = program.finish().expect(1).err.decode()
    finally:
        program.kill()
    if error.count("\n") != 1 or "librump" not in error:
        raise Failure(error)
