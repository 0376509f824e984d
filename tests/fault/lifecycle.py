"""How a server starts and ends, and what the commands say when something is wrong."""

import os
import pathlib
import signal
import socket
import stat
import struct
import subprocess
import tempfile

from case import case, case_for
from program import Failure, Program, until
from server import Server
from wire import Connection

NOBODY = 65534


def run(bin_directory, *words, **settings):
    return Program([pathlib.Path(bin_directory) / words[0], *words[1:]], **settings).finish()


def expect_complaint(program, *parts):
    """The program has failed, with one line on standard error that has all of `parts` in it."""
    lines = program.err.decode().strip().splitlines()
    if program.status == 0 or len(lines) != 1 or any(part not in lines[0] for part in parts):
        raise Failure(f"{program.describe()}\nwanted: a failure, and one line with {parts}")


def socket_path(server):
    return pathlib.Path(server.url.removeprefix("unix://"))


@case_for(["TERM", "INT"], transports=[None])
def signal_ends_it(bin_directory, name):
    with Server(bin_directory, "unix") as server:
        path = socket_path(server)
        status = server.stop(signal.Signals[f"SIG{name}"])
        if status != 0 or path.exists():
            raise Failure(f"status {status}, socket there: {path.exists()}\n{server.log()}")


@case(transports=[None])
def socket_is_private(bin_directory):
    with Server(bin_directory, "unix") as server:
        mode = stat.S_IMODE(socket_path(server).stat().st_mode)
        if mode != 0o600:
            raise Failure(f"mode {mode:o}")


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


CONNECTS = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(len(s.recv(1)))"


@case(transports=[None])
def another_user_is_refused(bin_directory):
    """By its credentials, also where the socket's mode lets it in."""
    if os.geteuid() != 0:
        return  # there is no other user to be had
    with Server(bin_directory, "unix") as server:
        path = socket_path(server)
        path.parent.chmod(0o755)
        path.chmod(0o666)
        client = ["/usr/bin/python3", "-c", CONNECTS, path]
        if subprocess.run(client, check=True, capture_output=True).stdout != b"1\n":
            raise Failure("the same user gets no banner")
        refused = subprocess.run(client, check=True, capture_output=True, preexec_fn=as_nobody)
        if refused.stdout != b"0\n":
            raise Failure("another user gets a banner")
        if f"uid {NOBODY}" not in server.log():
            raise Failure(server.log())


@case(transports=[None])
def stale_socket_is_replaced(bin_directory):
    with Server(bin_directory, "unix") as first:
        path = socket_path(first)
        first.stop(signal.SIGKILL)
        if not path.exists():
            raise Failure("the killed server's socket should be there")
        second = Server(bin_directory, "unix")
        second.listen_url = first.url
        with second, Connection(second.url) as client:
            client.pid()


@case(transports=[None])
def live_socket_is_refused(bin_directory):
    with Server(bin_directory, "unix") as server:
        second = run(bin_directory, "farcall", "serve", "--foreground", "--listen", server.url)
        expect_complaint(second, str(socket_path(server)))
        with Connection(server.url) as client:
            client.pid()


@case(transports=[None])
def other_files_are_not_replaced(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "precious"
        path.write_text("data")
        expect_complaint(run(bin_directory, "farcall", "serve", "--foreground", "--listen", f"unix://{path}"), str(path))
        assert path.read_text() == "data"


@case(transports=[None])
def taken_port_is_refused(bin_directory):
    with Server(bin_directory, "tcp") as server:
        expect_complaint(run(bin_directory, "farcall", "serve", "--foreground", "--insecure", "--listen", server.url),
                         server.url)


@case(transports=[None])
def several_listeners(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/second.sock"
        with Server(bin_directory, "unix", ["--listen", f"unix://{path}", "--listen", "tcp://127.0.0.1:0/",
                                           "--insecure"]) as server:
            with Connection(server.url) as first, Connection(f"unix://{path}") as second:
                assert first.pid() != second.pid()


def server_behind(path):
    """The process that listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        return struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


@case(transports=[None])
def in_the_background(bin_directory):
    """Without --foreground the command returns when the server is ready; the server ends by its signal."""
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/kernel.sock"
        started = run(bin_directory, "farcall", "serve", "--listen", f"unix://{path}").expect(0)
        if started.out:
            raise Failure(started.describe())
        pid = server_behind(path)
        try:
            with Connection(f"unix://{path}") as client:
                client.pid()
        finally:
            os.kill(pid, signal.SIGTERM)
        until(lambda: not os.path.exists(path), what="the socket gone")
        until(lambda: not os.path.exists(f"/proc/{pid}"), what="the server gone")


@case(transports=[None])
def background_error_reaches_the_parent(bin_directory):
    expect_complaint(run(bin_directory, "farcall", "serve", "--listen", "unix:///nonexistent/kernel.sock"),
                     "/nonexistent/kernel.sock")


@case(transports=[None])
def run_without_a_server(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        marker = pathlib.Path(directory) / "started"
        url = f"unix://{directory}/absent.sock"
        program = run(bin_directory, "farcall", "run", "--server", url, "--", "touch", marker)
        expect_complaint(program, url)
        if program.status != 126 or marker.exists():
            raise Failure(f"{program.describe()}\nprogram started: {marker.exists()}")


@case(transports=[None])
def run_takes_the_environments_server(bin_directory):
    with Server(bin_directory, "unix") as server:
        environment = {**os.environ, "RUMP_SERVER": server.url}
        text = run(bin_directory, "farcall", "run", "--", "ifconfig", env=environment).expect(0).out
        if b"lo0: flags=" not in text:
            raise Failure(text.decode())


@case(transports=[None])
def run_an_unknown_program(bin_directory):
    with Server(bin_directory, "unix") as server:
        program = run(bin_directory, "farcall", "run", "--server", server.url, "--", "no-such-program")
        expect_complaint(program, "no-such-program")
        program.expect(127)


BAD_WORDS = {
    "no_command": ["farcall"],
    "unknown_command": ["farcall", "srve"],
    "unknown_option": ["farcall", "serve", "--lisen", "x"],
    "unknown_kernel": ["farcall", "serve", "--foreground", "--kernel", "plan9"],
    "no_url": ["farcall", "serve", "--foreground", "--listen", "somewhere"],
    "unknown_scheme": ["farcall", "serve", "--foreground", "--listen", "http://127.0.0.1:1/"],
    "no_port": ["farcall", "serve", "--foreground", "--insecure", "--listen", "tcp://127.0.0.1"],
    "port_too_large": ["farcall", "serve", "--foreground", "--insecure", "--listen", "tcp://127.0.0.1:65536/"],
    "not_an_address": ["farcall", "serve", "--foreground", "--insecure", "--listen", "tcp://127.0.0.1.5:80/"],
    "path_too_long": ["farcall", "serve", "--foreground", "--listen", "unix:///" + "x" * 200],
    "tcp_without_insecure": ["farcall", "serve", "--foreground", "--listen", "tcp://127.0.0.1:0/"],
    "unknown_interface": ["farcall", "serve", "--foreground", "--if", "token-ring:0"],
    "bad_interface_address": ["farcall", "serve", "--foreground", "--if", "tap:tap0,10.0.0.300/24"],
    "bad_limit": ["farcall", "serve", "--foreground", "--max-clients", "many"],
    "module_of_builtin": ["farcall", "serve", "--foreground", "--module", "x.kmod"],
    "interfaces_of_nobody": ["farcall", "interfaces", "--server", "unix:///nowhere/at/all"],
    "run_nothing": ["farcall", "run"],
    "run_bad_url": ["farcall", "run", "--server", "nowhere", "--", "true"],
    "user_by_name": ["farcall", "serve", "--foreground", "--listen", "unix://x", "--allow-user", "root"],
    "ready_fd_closed": ["farcall", "serve", "--foreground", "--listen", "unix://x", "--ready-fd", "77"],
    "log_nowhere": ["farcall", "serve", "--foreground", "--listen", "unix://x", "--log-file", "/nowhere/at/all"],
    "bench_of_nothing": ["farcall", "bench", "--quick", "--only", "frobnication"],
    "bench_bad_server": ["farcall", "bench", "--quick", "--server", "somewhere"],
    "bench_no_library": ["farcall", "bench", "--quick", "--client-lib", "/nowhere/at/all"],
    "rump_server_bad_option": ["rump_server", "-Z", "unix://x"],
    "rump_server_only_bad_option": ["rump_server", "-Z"],
    "rump_server_bad_cpus": ["rump_server", "-c", "0", "unix://x"],
    "rump_server_bad_memory": ["rump_server", "-r", "lots", "unix://x"],
    "rump_server_no_url": ["rump_server"],
}
NAMED = {
    "no_command": "serve", "unknown_command": "srve", "unknown_kernel": "plan9", "unknown_scheme": "http",
    "port_too_large": "65536", "tcp_without_insecure": "--insecure", "bad_limit": "many", "user_by_name": "number",
    "module_of_builtin": "--kernel netbsd", "ready_fd_closed": "77", "log_nowhere": "/nowhere/at",
    "interfaces_of_nobody": "no server", "bench_of_nothing": "frobnication", "bench_bad_server": "somewhere",
    "bench_no_library": "/nowhere/at/all", "rump_server_bad_option": "rump_server: ",
    "rump_server_only_bad_option": "-Z", "rump_server_bad_cpus": "1 to", "rump_server_bad_memory": "lots",
}


@case_for(sorted(BAD_WORDS), transports=[None])
def bad_words(bin_directory, name):
    expect_complaint(run(bin_directory, *BAD_WORDS[name]), NAMED.get(name, ""))


FILL_SOCKETS = """
import errno, socket
pairs = []
try:
    for _ in range(64):
        pairs.append(socket.socketpair())
        pairs[-1][0].setblocking(False)
        pairs[-1][0].send(bytes(4096))
except OSError as error:
    print(len(pairs), errno.errorcode[error.errno])
"""


@case(transports=[None])
def rump_server_limits_memory(bin_directory):
    with tempfile.TemporaryDirectory() as directory:
        url = f"unix://{directory}/kernel.sock"
        server = Program([bin_directory / "rump_server", "-s", "-r", "128k", url])
        try:
            server.wait_for(b"listening at")
            text = run(bin_directory, "farcall", "run", "--server", url, "--hijack", "socket=all", "--",
                       "python3", "-c", FILL_SOCKETS).expect(0).out
            if b"ENOBUFS" not in text:
                raise Failure(text.decode())
            server.terminate().expect(0)
        finally:
            server.kill()


@case(transports=[None])
def rump_server_as_ever(bin_directory):
    """rump_server -s URL goes to the background when it is ready, as that program always has."""
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/kernel.sock"
        run(bin_directory, "rump_server", f"unix://{path}").expect(0)
        os.kill(server_behind(path), signal.SIGTERM)
        until(lambda: not os.path.exists(path), what="the socket gone")
