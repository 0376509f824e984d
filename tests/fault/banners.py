"""Servers whose first line is not sysproxy 0.4's: a client says so in one line, fails, and waits for nothing more."""

import contextlib
import os
import pathlib
import socket
import tempfile
import threading

from case import case_for
from lifecycle import expect_complaint
from program import Failure, Program

# What the server says, and what is said of it by a client of the library and by `farcall run`, which looks first.
NO_KERNEL = "no rump kernel server"
BANNERS = {
    "later": (b"RUMPSP-0.5-NetBSD-11.0/amd64\n", "sysproxy 0.5", "sysproxy 0.5"),
    "earlier": (b"RUMPSP-0.3-NetBSD-6.0/amd64\n", "sysproxy 0.3", "sysproxy 0.3"),
    "longer_number": (b"RUMPSP-0.40-NetBSD-20.0/amd64 farcall/1\n", "sysproxy 0.40", "sysproxy 0.40"),
    "no_number": (b"RUMPSP--NetBSD-11.0/amd64\n", NO_KERNEL, NO_KERNEL),
    "number_alone": (b"RUMPSP-0.4\n", NO_KERNEL, NO_KERNEL),
    "escapes": (b"RUMPSP-0.\x1b[2J4-NetBSD-11.0/amd64\n", NO_KERNEL, NO_KERNEL),
    "mail": (b"220 mail.example.org ESMTP\r\n", NO_KERNEL, NO_KERNEL),
    "binary": (bytes(range(128, 200)) + b"\n", NO_KERNEL, NO_KERNEL),
    "too_long": (b"RUMPSP-0.4-" + b"x" * 200, "has no end", NO_KERNEL),
    "too_long_garbage": (b"x" * 200, NO_KERNEL, NO_KERNEL),
    "cut_off": (b"RUMPSP-0.4-NetBSD", "has no end", "hangs up"),
    "empty": (b"", "closed the connection at once", "hangs up"),
}
CUT_OFF = {"cut_off", "empty"}


@contextlib.contextmanager
def server_that_says(banner, *, and_hangs_up):
    """The URL of one; it stays connected until the client leaves, unless it hangs up first."""
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{directory}/kernel.sock")
        listener.listen()

        def greet():
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(banner)
                    if not and_hangs_up:
                        connection.recv(1)

        threading.Thread(target=greet, daemon=True).start()
        yield f"unix://{directory}/kernel.sock"


def expect_refusal(url, part, argv, **settings):
    """One line that says so, and the status of a program that was not started."""
    program = Program(argv, **settings)
    try:
        program.finish().expect(126)
    finally:
        program.kill()
    expect_complaint(program, part, url)
    if program.out or not program.err.decode().strip().isprintable():
        raise Failure(program.describe())


@case_for(sorted(BANNERS), transports=[None])
def banner_is_refused_by_the_shim(bin_directory, name):
    banner, part, _ = BANNERS[name]
    library = pathlib.Path(bin_directory).parent / "lib" / "libfarcall.so"
    with server_that_says(banner, and_hangs_up=name in CUT_OFF) as url:
        environment = {**os.environ, "LD_PRELOAD": str(library), "RUMP_SERVER": url}
        expect_refusal(url, part, ["/bin/echo", "started"], env=environment)


@case_for(sorted(BANNERS), transports=[None])
def banner_is_refused_by_run(bin_directory, name):
    banner, _, part = BANNERS[name]
    with server_that_says(banner, and_hangs_up=name in CUT_OFF) as url:
        expect_refusal(url, part, [bin_directory / "farcall", "run", "--server", url, "--", "echo", "started"])
