"""Calls that are submitted and awaited apart: client/examples/relay, in front of a kernel and without a shim."""

import os
import signal

from case import case
from program import Failure

PORT = 4010
# Less than any pipe has room for.
TEXT = b"".join(b"line %d\n" % number for number in range(2000))


def relay(kernel, *words, port=PORT):
    """Starts the example as a client of its own, not by way of `farcall run`; it listens when this returns."""
    example = kernel.farcall.parent.parent / "examples" / "relay"
    environment = {**os.environ, "RUMP_SERVER": kernel.url}
    if kernel.transport == "unix-stream":
        environment["FARCALL_FEATURES"] = "none"
    return kernel.start_on_host(example, str(port), *words, env=environment).wait_for(b"listening")


def expect_said(program, text):
    if text not in program.err:
        raise Failure(f"no {text!r}\n{program.describe()}")


@case
def relay_waits_for_both_sides(kernel):
    waiting = relay(kernel)
    other = kernel.start("nc.openbsd", "-n", "-N", "127.0.0.1", str(PORT))
    for sender, receiver in ((waiting, other), (other, waiting), (waiting, other)):
        sender.send(b"a word\n")
        receiver.wait_for(b"a word\n", where="out")
    waiting.send(TEXT)
    waiting.close_stdin()
    other.send(TEXT)
    other.close_stdin()
    for program, words in ((waiting, 1), (other, 2)):
        program.finish().expect(0)
        if program.out != b"a word\n" * words + TEXT:
            raise Failure(f"it got something else\n{program.describe()}")


@case
def relay_cancels_what_it_waits_for(kernel):
    waiting = relay(kernel, "1")
    waiting.finish().expect(1)
    expect_said(waiting, b"accept: NetBSD error 4\n")  # EINTR
    # The kernel is not worse for it.
    again = relay(kernel, "60")
    again.close_stdin()
    kernel.run("nc.openbsd", "-n", "-N", "127.0.0.1", str(PORT), data=b"late\n")
    again.finish().expect(0)
    if again.out != b"late\n":
        raise Failure(again.describe())


@case
def relay_notices_the_end_of_a_server_that_is_killed(kernel):
    waiting = relay(kernel)
    kernel.stop(signal.SIGKILL)
    waiting.finish().expect(1)
    expect_said(waiting, b"Transport endpoint is not connected")


@case
def relay_is_killed_with_a_call_under_way(kernel):
    for number in range(20):
        relay(kernel, port=PORT + 1 + number).kill()
    again = relay(kernel, "60")
    again.close_stdin()
    kernel.run("nc.openbsd", "-n", "-N", "127.0.0.1", str(PORT), data=b"alive\n")
    again.finish().expect(0)
