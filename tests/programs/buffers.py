"""Buffers that clients share with the server: client/examples/transfer, and what the server says of it."""

import hashlib
import json
import os
import pathlib
import re
import signal
import tempfile

from case import case
from program import Failure

BYTES = 64 << 20
PORT = "4003"


def transfer(kernel, *words, **settings):
    """Starts the example as a client of its own, not by way of `farcall run`."""
    example = kernel.farcall.parent.parent / "examples" / "transfer"
    environment = {**os.environ, "RUMP_SERVER": kernel.url}
    if kernel.transport == "unix-stream":
        environment["FARCALL_FEATURES"] = "none"
    return kernel.start_on_host(example, *words, env=environment, **settings)


def status(kernel):
    return json.loads(kernel.run_on_host(kernel.farcall, "status", "--json", "--server", kernel.url))


def said(program):
    """What the example says at its end: bytes sent without a copy, and copied in place."""
    match = re.search(rb"(\d+) bytes sent without a copy, (\d+) copied in place(; nothing is shared)?", program.err)
    if not match:
        raise Failure(program.describe())
    return int(match[1]), int(match[2]), not match[3]


def expect(condition, what, *programs):
    if not condition:
        raise Failure("\n".join([what, *(program.describe() for program in programs)]))


class Passage:
    """One file through a kernel's TCP."""

    def __init__(self, kernel, directory, size=BYTES):
        self.data = os.urandom(1 << 20) * (size >> 20)
        self.source = pathlib.Path(directory, "source")
        self.source.write_bytes(self.data)
        self.copy = pathlib.Path(directory, "copy")
        with self.copy.open("wb") as out:
            self.receiver = transfer(kernel, "receive", PORT, stdout=out).wait_for(b"listening")
        with self.source.open("rb") as data:
            self.sender = transfer(kernel, "send", "127.0.0.1", PORT, stdin=data)

    def finish(self):
        for program in (self.sender, self.receiver):
            program.finish(timeout=120).expect(0)
        if hashlib.sha256(self.copy.read_bytes()).digest() != hashlib.sha256(self.data).digest():
            raise Failure("what came is not what was sent")
        return said(self.sender), said(self.receiver)


@case
def buffers_carry_64_mib(kernel):
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        passage = Passage(kernel, directory)
        sent, received = passage.finish()
    shares = kernel.transport == "unix"
    lends = shares and kernel.kernel == "builtin"
    programs = passage.sender, passage.receiver
    expect(sent[2] == received[2] == shares, "shared, or not", *programs)
    # Nothing is copied from the sender, and each byte once to the receiver: the counters are the server's own.
    expect(sent[0] == (BYTES if lends else 0), f"lent: {sent[0]}", *programs)
    expect(sent[1] == (BYTES if shares and not lends else 0), f"copied from the sender: {sent[1]}", *programs)
    expect(received[1] == (BYTES if shares else 0), f"copied to the receiver: {received[1]}", *programs)
    if not kernel.transport.startswith("unix"):
        return  # its server has no socket for control
    activity = status(kernel)["activity"]
    expect(int(activity["bytes_lent"]) == (BYTES if lends else 0), f"the server: {activity}")
    expect((int(activity["bytes_read"]) < BYTES) == lends, f"the server: {activity}")


def wait_until_full(kernel, passage):
    """The receiver is stopped; sleeps until the sender can send no more: it has lent what fits, and sleeps."""
    passage.receiver.process.send_signal(signal.SIGSTOP)
    before = None
    while before != (now := status(kernel)["activity"]["bytes_lent"]) or int(now) == 0:
        before = now
    return int(now)


@case(transports=("unix",))
def buffers_of_a_sender_that_is_killed(kernel):
    """What the kernel has borrowed stays as it is, and goes to the receiver; then the memory goes."""
    if kernel.kernel != "builtin":
        return
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        passage = Passage(kernel, directory)
        wait_until_full(kernel, passage)
        passage.sender.process.send_signal(signal.SIGKILL)
        passage.sender.process.wait(60)
        passage.receiver.process.send_signal(signal.SIGCONT)
        passage.receiver.finish(timeout=60).expect(0)
        got = passage.copy.read_bytes()
    expect(0 < len(got) < BYTES and passage.data.startswith(got), f"{len(got)} bytes, others than were sent")
    while int(status(kernel)["bytes_shared"]) != 0:
        pass
    maps = pathlib.Path(f"/proc/{kernel.pid}/maps").read_text()
    expect("farcall-buffers" not in maps, f"the server has it still:\n{maps}")


@case(transports=("unix",), options=("--max-buffers-total", "0"))
def buffers_beyond_the_limit_are_copied(kernel):
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        sent, received = Passage(kernel, directory, 4 << 20).finish()
    expect(sent == received == (0, 0, False), f"{sent} {received}")


@case(transports=("unix",), options=("--max-buffers", "262144"))
def buffers_small_arena(kernel):
    """Less than the example's buffers need: it says so."""
    sender = transfer(kernel, "receive", PORT).wait_for(b"listening")
    refused = transfer(kernel, "send", "127.0.0.1", PORT).finish(timeout=60).expect(1)
    expect(b"farcall_buf_alloc: Cannot allocate memory" in refused.err, "another error", refused)
    sender.finish(timeout=60).expect(0)
