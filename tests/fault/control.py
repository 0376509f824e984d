"""The control plane of a live server: farcall ps, status, interfaces, halt, disconnect, log-level, and bad peers of its socket."""

import json
import os
import pathlib
import signal
import socket
import stat
import tempfile

from case import case, case_for
from lifecycle import expect_complaint, run, server_behind, socket_path
from program import Failure, until
from server import Server
from wire import Connection


def control_path(server):
    return pathlib.Path(f"{socket_path(server)}.control")


def farcall(server, command, *words):
    return run(server.farcall.parent, "farcall", command, "--server", server.url, *words)


def clients(server):
    return json.loads(farcall(server, "ps", "--json").expect(0).out)


def until_listed(server, condition, what):
    """The first client for which the condition holds."""
    found = []

    def look():
        found[:] = [client for client in clients(server) if condition(client)]
        return found
    until(look, timeout=60, what=what)
    return found[0]


@case(transports=["unix"])
def ps_shows_the_running_program(server):
    listener = server.start("nc", "-l", "127.0.0.1", "5000")
    client = until_listed(server, lambda client: client["under_way"], "a program in a call")
    if client["program"] != "nc" or client["host_pid"] != listener.pid or client["process"] <= 0:
        raise Failure(f"{client}")
    table = farcall(server, "ps").expect(0).out.decode()
    if " nc " not in table or f"pid {listener.pid} " not in table:
        raise Failure(table)
    listener.kill()
    until(lambda: not clients(server), timeout=60, what="the program gone from the list")


@case(transports=["unix"])
def interfaces_are_the_kernels(server):
    server.run("ifconfig", server.interface, "add", "10.1.2.4")
    server.run("ping", "-c", "1", "-n", "10.1.2.4")
    found = json.loads(farcall(server, "interfaces", "--json").expect(0).out)
    loopback = next(one for one in found if one["name"] == server.interface)
    addresses = {(one["address"], one["prefix_length"]) for one in loopback["addresses"]}
    if not {("127.0.0.1", 8), ("10.1.2.4", 8), ("::1", 128)} <= addresses:
        raise Failure(f"{loopback}")
    if not {"UP", "LOOPBACK", "RUNNING"} <= set(loopback["flags"]) or int(loopback["mtu"]) == 0:
        raise Failure(f"{loopback}")
    counters = loopback["counters"]
    if int(counters["packets_in"]) < 2 or int(counters["bytes_out"]) < 128:
        raise Failure(f"{loopback}")
    table = farcall(server, "interfaces").expect(0).out.decode()
    if "127.0.0.1/8" not in table or "LOOPBACK" not in table:
        raise Failure(table)


@case(transports=["unix"])
def status_counts(server):
    server.run("ifconfig", "-a")
    status = json.loads(farcall(server, "status", "--json").expect(0).out)
    if status["pid"] != server.pid or status["listeners"] != [server.url] or int(status["activity"]["calls"]) == 0:
        raise Failure(f"{status}")
    text = farcall(server, "status").expect(0).out.decode()
    if f"process {server.pid}" not in text or server.url not in text:
        raise Failure(text)


@case(transports=["unix"])
def disconnect_ends_one_program(server):
    listener = server.start("nc", "-l", "127.0.0.1", "5000")
    client = until_listed(server, lambda client: client["under_way"], "a program in a call")
    with Connection(server.url) as other:
        farcall(server, "disconnect", client["id"]).expect(0)
        if listener.finish(timeout=60).status == 0:
            raise Failure(listener.describe())
        other.pid()
    expect_complaint(farcall(server, "disconnect", client["id"]), client["id"])


@case(transports=["unix"])
def log_level_changes(server):
    farcall(server, "log-level", "debug").expect(0)
    with Connection(server.url):
        until(lambda: "connected" in server.log(), timeout=60, what="a line of level debug")


@case(transports=[None])
def halt_ends_the_server(bin_directory):
    with Server(bin_directory, "unix") as server:
        listener = server.start("nc", "-l", "127.0.0.1", "5000")
        until_listed(server, lambda client: client["under_way"], "a program in a call")
        farcall(server, "halt").expect(0)
        # The command has waited for the end.
        if any(path.exists() for path in (socket_path(server), control_path(server))):
            raise Failure(f"sockets are there\n{server.log()}")
        if server.process.wait(60) != 0:
            raise Failure(f"status {server.process.returncode}\n{server.log()}")
        listener.finish(timeout=60)


@case(transports=[None])
def halt_ends_a_server_in_the_background(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        url = f"unix://{directory}/kernel.sock"
        run(bin_directory, "farcall", "serve", "--listen", url).expect(0)
        pid = server_behind(f"{directory}/kernel.sock")
        try:
            run(bin_directory, "farcall", "halt", "--server", url).expect(0)
        except Failure:
            os.kill(pid, signal.SIGKILL)
            raise
        if os.listdir(directory):
            raise Failure(f"left: {os.listdir(directory)}")


@case(transports=[None])
def control_socket_is_private_and_replaced_when_stale(bin_directory):
    with Server(bin_directory, "unix") as first:
        path = control_path(first)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode != 0o600:
            raise Failure(f"mode {mode:o}")
        first.stop(signal.SIGKILL)
        expect_complaint(farcall(first, "ps"), str(path), "Connection refused")
        second = Server(bin_directory, "unix")
        second.listen_url = first.url
        with second:
            farcall(second, "status").expect(0)


@case(transports=[None])
def control_elsewhere(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        control = f"unix://{directory}/control"
        with Server(bin_directory, "tcp", ["--control", control]) as server:
            status = run(bin_directory, "farcall", "status", "--json", "--control", control).expect(0)
            assert json.loads(status.out)["listeners"] == [server.url]
            second = run(bin_directory, "farcall", "serve", "--foreground", "--control", control,
                         "--listen", f"unix://{directory}/second")
            expect_complaint(second, control)


@case(transports=[None])
def no_control(bin_directory):
    with Server(bin_directory, "unix", ["--control", "none"]) as server:
        if control_path(server).exists():
            raise Failure(f"{control_path(server)} exists")


NONSENSE = {
    "text": b"halt\n" * 100,
    "http1": b"POST /farcall.control.v1.Control/Halt HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "zeros": bytes(100_000),
    "random": bytes(pow(7, n, 257) % 256 for n in range(100_000)),
    "broken_http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100_000,
    "half_a_preface": b"PRI * HTTP/2.0\r\n",
}


@case_for(sorted(NONSENSE), transports=["unix"])
def nonsense_does_nothing(server, name):
    """Whoever sends it is hung up on; the server, its clients and its control plane go on."""
    with Connection(server.url) as client, socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(str(control_path(server)))
        try:
            sock.sendall(NONSENSE[name])
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        client.pid()
        farcall(server, "status").expect(0)


@case(transports=["unix"])
def not_a_control_socket(server):
    """The socket for clients, in the place of the one for control."""
    expect_complaint(run(server.farcall.parent, "farcall", "ps", "--control", server.url), server.url)
