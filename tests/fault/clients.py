"""Many clients, slow ones, and those that die."""

import contextlib
import re
import resource
import signal
import time

from case import case
from program import Failure, until
import wire
from wire import Closed, Connection

HOLD_SOCKETS = """
import socket, sys
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]
print("ready", flush=True)
listeners[0].accept()
"""


def quick(kernel, what, *, calls=50, seconds=60):
    """Calls of another client end, however slow the machine: one held up for good is what must not be."""
    with Connection(kernel.url) as other:
        start = time.monotonic()
        for _ in range(calls):
            other.pid()
        took = time.monotonic() - start
    if took > seconds:
        raise Failure(f"{calls} calls took {took:.1f} s beside {what}")


def allow_descriptors(count):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, most), most))


@case(transports=("unix",), options=("--log-level", "debug"))
def way_to_memory_is_logged(kernel):
    kernel.run("/usr/bin/python3", "-c", "import socket; socket.socket()")
    way = (r"its memory is reached by (process_vm_readv|its /proc/self/mem) "
           r"\(64 KiB by process_vm_readv in [\d.]+ µs, by /proc/PID/mem in [\d.]+")
    if len(re.findall(way, kernel.log())) != 1:
        raise Failure(kernel.log())


@case
def five_hundred_clients(kernel):
    allow_descriptors(2048)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Connection(kernel.url)) for _ in range(500)]
        pids = {client.pid() for client in clients}
        if len(pids) != 500:
            raise Failure(f"500 clients are {len(pids)} processes")
        for client in clients:  # each has its own descriptors
            error, read_end, write_end = client.syscall(wire.SYS_PIPE)
            assert error == 0 and read_end < 10 and write_end < 10, (error, read_end, write_end)
    expect_rest(kernel)


def expect_rest(kernel):
    """All clients gone, the server lets go of what it had for them."""
    until(lambda: kernel.descriptors() < 60, what=f"{kernel.descriptors()} descriptors of the server closed")


@case
def clients_leave_nothing(kernel):
    """After the same load again and again, the server holds what it held after the first."""
    def load():
        allow_descriptors(2048)
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Connection(kernel.url)) for _ in range(40)]
            for client in clients:
                _, read_end, _ = client.syscall(wire.SYS_PIPE)
                client.send_syscall(wire.SYS_READ, read_end, 0x1000, 100)  # sleeps until the client goes
            for client in clients[::2]:
                client.send_frame(wire.REQUEST, wire.PREFORK, 0)
        with Connection(kernel.url) as last:
            last.pid()

    load()
    until(lambda: kernel.threads() < 40, what="threads of gone clients ended")
    until(lambda: kernel.descriptors() < 40, what="descriptors of gone clients closed")
    descriptors, threads = kernel.descriptors(), kernel.threads()
    for _ in range(5):
        load()
    until(lambda: kernel.descriptors() <= descriptors, what=f"no more than {descriptors} descriptors")
    until(lambda: kernel.threads() <= threads, what=f"no more than {threads} threads")


@case
def killed_programs_leave_nothing(kernel):
    """Programs with sockets, killed in a call: their sockets are closed."""
    for _ in range(3):
        programs = [kernel.start("/usr/bin/python3", "-c", HOLD_SOCKETS) for _ in range(3)]
        for program in programs:
            program.wait_for(b"ready", where="out")
        listening = kernel.run("netstat", "-ltn").count("LISTEN")
        if listening != 60:
            raise Failure(f"{listening} listening sockets, not 60")
        for program in programs:
            program.process.send_signal(signal.SIGKILL)
            program.finish()
        until(lambda: kernel.run("netstat", "-ltn").count("LISTEN") == 0, what="sockets of killed programs closed")


@case
def half_open_clients(kernel):
    """Clients that say nothing hold up nobody."""
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(Connection(kernel.url, guest=False))
        quick(kernel, "100 clients that say nothing")


@case(options=["--handshake-time", "200"])
def silent_clients_are_dropped(kernel):
    with Connection(kernel.url, guest=False) as silent:
        silent.until_closed()
    with Connection(kernel.url) as client:
        client.sock.settimeout(1)
        client.pid()


@case
def client_that_does_not_read(kernel):
    """It asks and asks, and leaves the answers: its own affair."""
    with Connection(kernel.url) as greedy:
        greedy.sock.settimeout(2)
        question = wire.HEADER.pack(24, 7, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID) * 1000
        try:
            for _ in range(2000):
                greedy.sock.sendall(question)
        except (TimeoutError, ConnectionError):
            pass
        quick(kernel, "a client that does not read")
    quick(kernel, "the memory of a client that did not read")


@case
def stopped_program(kernel):
    program = kernel.start("nc.openbsd", "-v", "-n", "-l", "127.0.0.1", "4001").wait_for(b"Listening")
    program.process.send_signal(signal.SIGSTOP)
    quick(kernel, "a stopped program")
    client = kernel.start("nc.openbsd", "-n", "-N", "127.0.0.1", "4001")
    client.send(b"for when it goes on\n")
    quick(kernel, "a stopped program that is spoken to")
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(b"for when it goes on\n", where="out")


@case(options=["--max-clients", "3"])
def limit_of_clients(kernel):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Connection(kernel.url)) for _ in range(3)]
        try:
            with Connection(kernel.url) as fourth:
                raise Failure(f"a fourth client became process {fourth.pid()}")
        except (Closed, AssertionError):
            pass
        for client in clients:
            client.pid()
        clients[0].sock.close()

        def another():
            try:
                with Connection(kernel.url) as client:
                    return client.pid() > 0
            except (Closed, AssertionError):
                return False
        until(another, what="a place free after a client has gone")


@case
def ended_by_sigterm_with_clients(kernel):
    """Calls under way do not keep the server; its clients see the end."""
    with Connection(kernel.url) as client:
        _, read_end, _ = client.syscall(wire.SYS_PIPE)
        client.send_syscall(wire.SYS_READ, read_end, 0x1000, 100)
        status = kernel.stop()
        if status != 0:
            raise Failure(f"the server ended with {status}\n{kernel.log()}")
        client.until_closed()
