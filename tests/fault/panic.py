"""A panic of the built-in kernel: what it leaves, and what its clients see. NetBSD's: tests/netbsd/panic.py."""

import pathlib
import re
import resource
import signal
import tempfile

from case import TRANSPORTS, case_for
from program import Failure
from server import Server

SLEEPER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("ready", file=sys.stderr, flush=True)
try:
    listener.accept()
except OSError as error:
    print(error.strerror)
"""
LOG = ["kernel panic: out of memory", "the kernel has panicked in thread", r"#\d+ .*farcall::kernel::panic.*\+0x",
       r"#\d+ .*\(.*libfarcall-kernel.so\+0x"]


def expect_end(kernel, directory):
    """The server aborts, says why and where, and leaves a core where the host's settings make one in its directory."""
    status = kernel.process.wait(60)
    missing = [pattern for pattern in LOG if not re.search(pattern, kernel.log())]
    if status != -signal.SIGABRT or missing:
        raise Failure(f"status {status}, no {missing} in\n{kernel.log()}")
    plain = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core"
    if plain and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0 and not list(directory.glob("core*")):
        raise Failure(f"no core in {list(directory.iterdir())}")


@case_for(TRANSPORTS, transports=[None])
def panic_ends_calls_that_sleep(bin_directory, transport):
    library = pathlib.Path(bin_directory).parent / "tests" / "libno_memory.so"
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as name:
        sign = pathlib.Path(name, "sign")
        kernel = Server(bin_directory, transport, prefix=["env", "-C", name, f"NO_MEMORY={sign}",
                                                         f"LD_PRELOAD={library}"])
        with kernel:
            kernel.prefix = []
            sleepers = [kernel.start("python3", "-c", SLEEPER) for _ in range(3)]
            for sleeper in sleepers:
                sleeper.wait_for(b"ready")
            sign.touch()
            kernel.start("nc", "127.0.0.1", "1").finish()
            for sleeper in sleepers:
                if sleeper.finish().expect(0).out != b"Input/output error\n":
                    raise Failure(sleeper.describe())
            expect_end(kernel, pathlib.Path(name))
