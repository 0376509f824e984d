"""A panic of NetBSD's kernel: what it leaves, and what its clients see."""

import contextlib
import pathlib
import re
import resource
import signal
import struct
import tempfile

from case import TRANSPORTS, case, case_for
from images import PATHS, image_of, mount_options, tool
from program import Failure
from server import Server

BLOCK = 1024  # of an image of the size that is made here


def break_directory(image):
    """A length of zero in the first entry of /broken: ext2fs cannot go on in such a directory."""
    block = int(tool("debugfs", "-R", "blocks /broken", image).split()[0])
    with image.open("r+b") as file:
        file.seek(block * BLOCK + 4)
        file.write(struct.pack("<H", 0))


@contextlib.contextmanager
def about_to_panic(bin_directory, transport):
    """A kernel that panics when somebody looks for a name in /mnt/broken, and where its core would be."""
    with image_of("ext2") as image, tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        tool("debugfs", "-w", "-R", "mkdir broken", image)
        break_directory(image)
        kernel = Server(bin_directory, transport, mount_options("ext2", image), ["env", "-C", directory])
        with kernel:
            yield kernel, pathlib.Path(directory)


def panic(kernel):
    """The program whose call the kernel does not survive must end by itself."""
    kernel.start("cat", "/rump/mnt/broken/file", env=PATHS).finish().expect(1)
    return kernel.process.wait(60)


def expect_stack(log):
    wanted = [r"panic: .*bad dir", "the kernel has panicked in thread", r"#\d+ .*panic\+0x", r"#\d+ .*ext2fs_lookup\+0x"]
    missing = [pattern for pattern in wanted if not re.search(pattern, log)]
    if missing:
        raise Failure(f"the log has no {missing}:\n{log}")


@case(transports=[None])
def panic_leaves_message_stack_and_core(bin_directory):
    with about_to_panic(bin_directory, "unix") as (kernel, directory):
        status = panic(kernel)
        if status != -signal.SIGABRT:
            raise Failure(f"the server ended with {status}\n{kernel.log()}")
        expect_stack(kernel.log())
        plain = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core"
        if plain and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0 and not list(directory.glob("core*")):
            raise Failure(f"no core in {list(directory.iterdir())}")


SLEEPER = """
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print("ready", file=sys.stderr, flush=True)
try:
    listener.accept()
except OSError as error:
    print(error.strerror)
"""


@case_for(TRANSPORTS, transports=[None])
def panic_ends_calls_that_sleep(bin_directory, transport):
    with about_to_panic(bin_directory, transport) as (kernel, _):
        sleepers = [kernel.start("python3", "-c", SLEEPER, env=PATHS) for _ in range(3)]
        for sleeper in sleepers:
            sleeper.wait_for(b"ready")
        panic(kernel)
        for sleeper in sleepers:
            sleeper.finish().expect(0)
            if sleeper.out != b"Input/output error\n":
                raise Failure(sleeper.describe())
