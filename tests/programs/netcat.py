"""The three netcats of Debian against each other, in both roles: TCP and UDP, v4 and v6."""

import hashlib
import os

from case import case, case_for
from paced import PacedTransfer
from program import Failure

BYTES = 64 << 20
BLOCK = 1 << 20
WINDOW = 64 << 10  # of datagrams on their way: less than any kernel queues for a socket
# What OpenBSD's netcat makes one datagram of. When it receives, it cuts those behind a smaller one.
PIECE = 16 << 10
TRADITIONAL_PIECE = 8 << 10  # all that the traditional one takes of a datagram
PORT = "4001"

LOOPBACK = {"v4": "127.0.0.1", "v6": "::1"}
FAMILY = {"v4": "-4", "v6": "-6"}
PAIRS_V4 = [("openbsd", "openbsd"), ("traditional", "traditional"), ("ncat", "ncat"), ("openbsd", "ncat"),
            ("ncat", "traditional"), ("traditional", "openbsd")]
PAIRS_V6 = [("openbsd", "openbsd"), ("ncat", "ncat"), ("openbsd", "ncat")]


class Pair:
    """A server's and a client's program."""

    def __init__(self, names):
        self.server, self.client = names

    def __str__(self):
        return f"{self.server}_{self.client}"


def listener(name, version, *, udp=False):
    """The words that make `name` listen once, and say so on standard error."""
    udp_flag = ["-u"] if udp else []
    return {
        "openbsd": ["nc.openbsd", FAMILY[version], "-v", "-n", *udp_flag, "-l", LOOPBACK[version], PORT],
        "traditional": ["nc.traditional", "-v", "-n", *udp_flag, "-l", "-s", LOOPBACK["v4"], "-p", PORT],
        "ncat": ["ncat", FAMILY[version], "-v", "-n", *udp_flag, "-l", LOOPBACK[version], PORT],
    }[name]


def connector(name, version, *, udp=False):
    """The words that make `name` connect, and end when its standard input does."""
    udp_flag = ["-u"] if udp else []
    return {
        "openbsd": ["nc.openbsd", FAMILY[version], "-n", "-N", *udp_flag, LOOPBACK[version], PORT],
        "traditional": ["nc.traditional", "-n", "-q", "0", *udp_flag, LOOPBACK["v4"], PORT],
        "ncat": ["ncat", FAMILY[version], "-n", "--send-only", *udp_flag, LOOPBACK[version], PORT],
    }[name]


def start_listener(kernel, name, version, *, udp=False, **settings):
    """Starts a server; it listens when this returns."""
    announcement = {"openbsd": b"Bound on" if udp else b"Listening on", "traditional": b"listening on",
                    "ncat": b"Listening on " + LOOPBACK[version].encode()}[name]
    return kernel.start(*listener(name, version, udp=udp), **settings).wait_for(announcement)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blocks(size, block_size):
    """`size` bytes in blocks of which no two are the same, so that a lost or repeated one shows."""
    seed = os.urandom(block_size - 8)
    return (number.to_bytes(8, "little") + seed for number in range(size // block_size))


def make_file(path, size):
    with open(path, "wb") as file:
        file.writelines(blocks(size, BLOCK))


def transfer(kernel, pair, version):
    sent, received = kernel.directory / "sent", kernel.directory / "received"
    make_file(sent, BYTES)
    with received.open("wb") as output:
        server = start_listener(kernel, pair.server, version, stdout=output)
    with sent.open("rb") as source:
        client = kernel.start(*connector(pair.client, version), stdin=source)
    client.finish(timeout=100).expect(0)
    server.finish(timeout=100).expect(0)
    if digest(sent) != digest(received):
        raise Failure(f"sent {sent.stat().st_size} bytes, received {received.stat().st_size}, not the same")


@case_for([Pair(names) for names in PAIRS_V4])
def nc_tcp_v4(kernel, pair):
    transfer(kernel, pair, "v4")


@case_for([Pair(names) for names in PAIRS_V6])
def nc_tcp_v6(kernel, pair):
    transfer(kernel, pair, "v6")


def exchange_datagrams(kernel, pair, version):
    """Nothing but the test paces a netcat that sends datagrams: it feeds the sender as the receiver gets along."""
    server = start_listener(kernel, pair.server, version, udp=True)
    client = kernel.start(*interactive_udp(pair.client, version))
    one_by_one = (pair.server, pair.client) == ("traditional", "openbsd")
    piece, window = (TRADITIONAL_PIECE, TRADITIONAL_PIECE) if one_by_one else (PIECE, WINDOW)
    PacedTransfer(client, server, window=window).run(blocks(BYTES, piece))
    server.send(b"an answer\n")
    client.wait_for(b"an answer\n", where="out")


def interactive_udp(name, version):
    """As connector, for a client that also receives."""
    return [word for word in connector(name, version, udp=True) if word not in ("--send-only", "-N")]


@case_for([Pair(names) for names in PAIRS_V4])
def nc_udp_v4(kernel, pair):
    exchange_datagrams(kernel, pair, "v4")


@case_for([Pair(names) for names in PAIRS_V6])
def nc_udp_v6(kernel, pair):
    exchange_datagrams(kernel, pair, "v6")


@case
def nc_both_directions(kernel):
    server = start_listener(kernel, "openbsd", "v4")
    client = kernel.start("nc.openbsd", "-n", "127.0.0.1", PORT)
    for number in range(50):
        client.send(f"to the server {number}\n".encode())
        server.wait_for(f"to the server {number}\n".encode(), where="out")
        server.send(f"to the client {number}\n".encode())
        client.wait_for(f"to the client {number}\n".encode(), where="out")


@case
def nc_connection_refused(kernel):
    program = kernel.start("nc.openbsd", "-v", "-n", "-z", "127.0.0.1", PORT).finish().expect(1)
    if b"Connection refused" not in program.err:
        raise Failure(program.describe())
