"""Sockets of the kernel's that programs hand to one another over the host's local sockets."""

from case import case
from program import Failure

SEND = """
import array, socket, sys
host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
host.bind(sys.argv[1])
host.listen()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
receiver, _ = host.accept()
socket.send_fds(receiver, [b"a listener"], [listener.fileno()])
"""

RECEIVE = """
import socket, sys
host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
host.connect(sys.argv[1])
_, fds, _, _ = socket.recv_fds(host, 100, 1)
while host.recv(1):
    pass
listener = socket.socket(fileno=fds[0])
print("ready", flush=True)
connection, _ = listener.accept()
print(connection.recv(100).decode(), flush=True)
"""


@case
def passing_to_an_unrelated_program(kernel):
    """The sender has ended when the receiver accepts."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    port = sender.out.decode().strip()
    receiver = kernel.start("/usr/bin/python3", "-c", RECEIVE, where).wait_for(b"ready", where="out")
    sender.finish().expect(0)
    kernel.run("nc.openbsd", "-n", "-N", "127.0.0.1", port, data=b"to whom it may concern")
    receiver.finish().expect(0)
    if receiver.out != b"ready\nto whom it may concern\n":
        raise Failure(receiver.describe())


@case
def passing_to_a_program_on_the_host(kernel):
    """Who is in front of no kernel gets a descriptor that is good for nothing, and the sender no harm."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    receiver = kernel.start_on_host("/usr/bin/python3", "-c", RECEIVE, where).finish().expect(1)
    if b"OSError" not in receiver.err:
        raise Failure(receiver.describe())
    sender.finish().expect(0)


@case
def passing_to_another_kernel(kernel):
    """It gets no descriptor."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    with type(kernel)(kernel.farcall.parent, kernel.transport) as other:
        receiver = other.start("/usr/bin/python3", "-c", RECEIVE, where).finish().expect(1)
    if b"IndexError" not in receiver.err:
        raise Failure(receiver.describe())
    sender.finish().expect(0)
