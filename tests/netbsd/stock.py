"""Our ends of sysproxy with those that came with NetBSD's kernel, and that kernel without ours.

What came with the kernel runs in a process namespace of its own: its hypercalls send signals by process numbers that are
the kernel's, not the host's.
"""

import contextlib
import os
import pathlib
import sys
import tempfile

from case import NoKernel, Skipped, case, case_for
from namespace import Namespace
from program import Failure, Program, until

APART = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
SCENARIOS = ["calls", "tcp", "threads", "fork", "exec", "signals"]
COMPONENTS = ["vfs", "dev", "net", "net_net", "net_netinet", "net_netinet6", "net_local"]
INSIDE = pathlib.Path(__file__).resolve().parent.parent / "programs" / "inside"
# What needs no signal to end a call: a stock server knows no interrupts.
PROGRAMS = ["descriptors", "event_loop", "forking_server", "many_threads", "nonblocking", "poll_mixed", "select_mixed",
            "subprocess_sockets", "tcp_streams", "threading_server", "udp_datagrams"]
GREET = """
import socket, sys
where = sys.argv[1]
if where.startswith("unix://"):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(where.removeprefix("unix://"))
else:
    peer = socket.create_connection(("127.0.0.1", int(where.rstrip("/").rsplit(":", 1)[1])), 10)
sys.exit(not peer.recv(6) == b"RUMPSP")
"""


def stock(part):
    """The path of `part` in the kernel's own prefix."""
    path = pathlib.Path(os.environ.get("RUMP_PREFIX", "/nonexistent")) / part
    if not path.exists():
        raise NoKernel(f"no {part} of NetBSD's own: RUMP_PREFIX names no prefix that has it")
    if os.geteuid() != 0:
        raise Skipped("only the superuser can make a process namespace")
    return path


def run_apart(prefix, library_directory, *argv, timeout=60, **environment):
    words = [f"{name}={value}" for name, value in environment.items()]
    program = Program([*prefix, *APART, "env", f"LD_LIBRARY_PATH={library_directory}", *words, *argv])
    try:
        return program.finish(timeout=timeout)
    finally:
        program.kill()


def tests_of(bin_directory):
    return pathlib.Path(bin_directory).parent / "tests"


def run_scenario(bin_directory, library_directory, url, scenario, prefix=()):
    client = run_apart(prefix, library_directory, tests_of(bin_directory) / "sysproxy_client", scenario,
                       RUMP_SERVER=url)
    client.expect(0)
    if client.out != b"ok\n":
        raise Failure(client.describe())


@case(transports=[None])
def own_behaviour(bin_directory):
    """What the other tests excuse is NetBSD's own."""
    library_directory = stock("lib/librump.so.0").parent
    run_apart([], library_directory, tests_of(bin_directory) / "netbsd_own_behaviour_test",
              RUMP_PREFIX=library_directory.parent).expect(0)


@case_for([*SCENARIOS, "parent", "settings"], transports=["unix", "tcp"])
def stock_client_on_our_server(server, scenario):
    library_directory = stock("lib/librumpclient.so.0").parent
    run_scenario(server.farcall.parent, library_directory, server.url, scenario)


@case(transports=["unix"])
def stock_client_finds_our_next_server(server):
    library_directory = stock("lib/librumpclient.so.0").parent
    client = Program([*APART, "env", f"LD_LIBRARY_PATH={library_directory}", f"RUMP_SERVER={server.url}",
                      tests_of(server.farcall.parent) / "sysproxy_client", "reconnect"])
    server.programs.append(client)
    client.wait_for(b"replace it", where="out")
    server.restart()
    client.send(b"\n")
    client.finish().expect(0)


class StockServer:
    """NetBSD's rump_server, in network and process namespaces of its own. A context manager."""

    def __init__(self, bin_directory, transport):
        self.bin = pathlib.Path(bin_directory)
        self.server = stock("bin/rump_server")
        self.transport = transport
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="farcall-test-"))
        self.prefix = self._stack.enter_context(Namespace()).prefix
        self.url = f"unix://{directory}/kernel" if self.transport == "unix" else "tcp://127.0.0.1:7000/"
        options = [word for name in COMPONENTS for word in ("-l", f"rump{name}")]
        self.program = Program([*self.prefix, *APART, "env", f"LD_LIBRARY_PATH={self.server.parent.parent}/lib",
                                self.server, "-s", *options, self.url])
        self._stack.callback(self.program.kill)
        until(self._greets, what="a stock rump_server that greets")
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _greets(self):
        if self.program.process.poll() is not None:
            raise Failure(self.program.finish().describe())
        return Program([*self.prefix, sys.executable, "-c", GREET, self.url]).finish().status == 0

    def run(self, *argv, timeout=60):
        """The standard output of a program in front of it, by our client and shim."""
        program = Program([*self.prefix, self.bin / "farcall", "run", "--server", self.url, "--", *argv])
        try:
            return program.finish(timeout=timeout).expect(0).out.decode()
        finally:
            program.kill()


@case_for(SCENARIOS, ["unix", "tcp"], transports=[None])
def our_client_on_stock_server(bin_directory, scenario, transport):
    with StockServer(bin_directory, transport) as server:
        run_scenario(bin_directory, server.bin.parent / "lib", server.url, scenario, server.prefix)


@case_for(PROGRAMS, transports=[None])
def our_shim_on_stock_server(bin_directory, name):
    with StockServer(bin_directory, "unix") as server:
        text = server.run("/usr/bin/python3", INSIDE / f"{name}.py")
        if text != "ok\n":
            raise Failure(text)


@case(transports=[None])
def our_shim_shows_a_stock_servers_interfaces(bin_directory):
    with StockServer(bin_directory, "tcp") as server:
        text = server.run("ifconfig", "lo0")
        if "inet 127.0.0.1" not in text:
            raise Failure(text)
