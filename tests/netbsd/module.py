"""Kernel modules: rump_server -m and farcall serve --module."""

import contextlib
import pathlib
import subprocess
import tempfile

from case import case
from program import Failure, Program
from server import Server

SOURCE = pathlib.Path(__file__).with_name("module.c")
VERSION = 799003400
GREETING = b"module farcall_test is here"


@contextlib.contextmanager
def module(version=VERSION):
    """An object file that the kernel of that version takes."""
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as name:
        path = pathlib.Path(name) / "farcall_test.kmod"
        # The kernel may be farther away from it than a 32-bit displacement reaches.
        subprocess.run(["cc", "-c", "-O", "-ffreestanding", "-fno-builtin", "-fno-pic", "-fno-pie", "-mcmodel=large",
                        "-fcf-protection=none", "-fno-asynchronous-unwind-tables", f"-DVERSION={version}",
                        "-o", path, SOURCE], check=True)
        yield path


@case(transports=[None])
def serve_loads_a_module(bin_directory):
    with module() as path, Server(bin_directory, "unix", ["--module", path]) as server:
        if GREETING.decode() not in server.log():
            raise Failure(f"the module did not say that it is there\n{server.log()}")
        server.run("ifconfig", "lo0")


@case(transports=[None])
def rump_server_loads_a_module(bin_directory):
    """-m is enough to have NetBSD's kernel, and brings the file system code that it needs."""
    with module() as path:
        url = f"unix://{path.parent}/kernel.sock"
        server = Program([bin_directory / "rump_server", "-s", "-m", path, url])
        try:
            server.wait_for(GREETING)
            server.wait_for(b"listening at")
            server.terminate().expect(0)
        finally:
            server.kill()


@case(transports=[None])
def module_of_another_kernel_is_refused(bin_directory):
    with module(VERSION + 100) as path:
        try:
            with Server(bin_directory, "unix", ["--module", path]):
                raise Failure("it started")
        except Failure as failure:
            if f"module '{path}' is not loaded" not in str(failure):
                raise
