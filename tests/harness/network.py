"""Several kernels on wires, and what goes over them."""

import contextlib
import hashlib
import os
import pathlib
import tempfile

from program import Failure
from server import Server

PORT = "4001"
BYTES = 16 << 20

# Of a pair.
ONE, OTHER = "10.5.0.1", "10.5.0.2"
ONE6, OTHER6 = "2001:db8:5::1", "2001:db8:5::2"
# Of a topology.
A, ROUTER_A, ROUTER_B, B = "10.6.1.2", "10.6.1.1", "10.6.2.1", "10.6.2.2"
A6, ROUTER_A6, ROUTER_B6, B6 = "2001:db8:61::2", "2001:db8:61::1", "2001:db8:62::1", "2001:db8:62::2"


@contextlib.contextmanager
def kernels(bin_directory, *settings):
    """Servers, all running; each setting is the kernel's name (None: that of the run) and its options."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Server(bin_directory, "unix", options, kernel=kernel))
               for kernel, options in settings]


@contextlib.contextmanager
def own_directory():
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as name:
        yield pathlib.Path(name)


def ping(kernel, address, *, count=3, options=()):
    """All of the pings that go from the kernel to the address must come back."""
    words = ["ping", "-6" if ":" in address else "-4", "-n", "-c", str(count), "-i", "0.2", "-W", "10", *options]
    text = kernel.run(*words, address, timeout=100)
    if f" {count} received, 0% packet loss" not in text:
        raise Failure(text)
    return text


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def send_file(start_sender, start_receiver, address, *, size=BYTES):
    """`size` random bytes from one netcat to another, which listens at `address`; they must arrive as they are."""
    family = "-6" if ":" in address else "-4"
    with own_directory() as directory:
        sent, received = directory / "sent", directory / "received"
        sent.write_bytes(os.urandom(size))
        with received.open("wb") as output:
            listener = start_receiver("nc.openbsd", family, "-v", "-n", "-l", address, PORT, stdout=output)
        listener.wait_for(b"Listening on")
        with sent.open("rb") as source:
            sender = start_sender("nc.openbsd", family, "-n", "-N", address, PORT, stdin=source)
        sender.finish(timeout=100).expect(0)
        listener.finish(timeout=100).expect(0)
        if digest(sent) != digest(received):
            raise Failure(f"{size} bytes sent, {received.stat().st_size} received, not the same")


def exchange(one, other, address_of_one, address_of_other):
    """TCP both ways between two kernels."""
    send_file(one.start, other.start, address_of_other)
    send_file(other.start, one.start, address_of_one)


def shmif(bus, *settings):
    """The options for an interface on that bus."""
    return ["--if", ",".join([f"shmif:{bus}", *settings])]


@contextlib.contextmanager
def pair(bin_directory, one=None, other=None):
    """Two kernels on a bus, at ONE and ONE6, OTHER and OTHER6: their names, None for that of the run."""
    with own_directory() as directory:
        bus = directory / "bus"
        with kernels(bin_directory, (one, shmif(bus, f"{ONE}/24", f"{ONE6}/64")),
                     (other, shmif(bus, f"{OTHER}/24", f"{OTHER6}/64"))) as servers:
            yield servers


@contextlib.contextmanager
def topology(bin_directory, a=None, router=None, b=None, *, forwarding=True):
    """Three kernels, of which one routes between the buses of the others: their names, None for that of the run."""
    with own_directory() as directory:
        left, right = directory / "left", directory / "right"
        router_options = [*shmif(left, f"{ROUTER_A}/24", f"{ROUTER_A6}/64"),
                          *shmif(right, f"{ROUTER_B}/24", f"{ROUTER_B6}/64")]
        for name in ("net.inet.ip.forwarding", "net.inet6.ip6.forwarding"):
            router_options += ["--sysctl", f"{name}={int(forwarding)}"]
        with kernels(bin_directory, (router, router_options),
                     (a, shmif(left, f"{A}/24", f"{A6}/64", f"gw={ROUTER_A}", f"gw={ROUTER_A6}")),
                     (b, shmif(right, f"{B}/24", f"{B6}/64", f"gw={ROUTER_B}", f"gw={ROUTER_B6}"))) as servers:
            yield servers


def check_routed(a, b):
    """Pings and TCP get through a router of a topology, which lowers what it passes on, and says so when it cannot."""
    for one, address in ((a, B), (b, A)):
        text = ping(one, address)
        if "ttl=254 " not in text:
            raise Failure(text)
    text = a.run("inetutils-traceroute", "-q", "1", "-w", "10", B)
    if [line.split()[1] for line in text.splitlines()[1:]] != [ROUTER_A, B]:
        raise Failure(text)
    exchange(a, b, A, B)
