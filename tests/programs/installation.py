"""What `cmake --install` gives: a prefix from which everything works, wherever it is."""

import hashlib
import os
import pathlib
import tempfile

from case import case
from program import Failure, Program
from server import Server

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "client" / "examples" / "transfer.c"
DATA = bytes(range(256)) * 100  # a pipe has room for it


def run(*words, **settings):
    return Program(words, **settings).finish().expect(0).out.decode()


def compiled(prefix):
    """The example, by nothing but the prefix and its pkg-config file."""
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "farcall", env=environment).split()
    program = prefix / "transfer"
    run("cc", "-o", program, EXAMPLE, *flags)
    return program


@case(transports=[None])
def installed_prefix_is_usable(bin_directory):
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        prefix = pathlib.Path(directory) / "prefix"
        run("cmake", "--install", bin_directory.parent, "--prefix", prefix)
        if not (prefix / "share" / "man" / "man1" / "farcall.1").exists():
            raise Failure("no manual page")
        program = compiled(prefix)
        with Server(prefix / "bin", "unix", ["--if", "nat"]) as kernel:
            if "virt0" not in kernel.run("ifconfig", "-a"):
                raise Failure(kernel.log())
            if kernel.url not in run(prefix / "bin" / "farcall", "status", "--server", kernel.url):
                raise Failure(kernel.log())
            environment = {**os.environ, "RUMP_SERVER": kernel.url, "LD_LIBRARY_PATH": str(prefix / "lib")}
            receiver = kernel.start_on_host(program, "receive", "4000", env=environment).wait_for(b"listening")
            sender = kernel.start_on_host(program, "send", "127.0.0.1", "4000", env=environment)
            sender.send(DATA)
            sender.finish().expect(0)
            received = receiver.finish().expect(0).out
        if hashlib.sha256(received).digest() != hashlib.sha256(DATA).digest():
            raise Failure(f"{len(received)} bytes came, other than those sent")


@case(transports=[None])
def missing_library_is_named(bin_directory):
    """Without the library for control, commands say so at either end, and the kernel serves."""
    name = "libfarcall-control.so"
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        prefix = pathlib.Path(directory)
        run("cmake", "--install", bin_directory.parent, "--prefix", prefix)
        (prefix / "lib" / name).unlink()
        with Server(prefix / "bin", "unix") as kernel:
            for programs, complaint in ((bin_directory, "it hangs up"), (prefix / "bin", name)):
                asked = Program([programs / "farcall", "status", "--server", kernel.url]).finish().expect(1)
                if complaint not in asked.err.decode() or asked.err.count(b"\n") != 1:
                    raise Failure(asked.describe())
            if f"control: {name} is not installed beside this program" not in kernel.log():
                raise Failure(kernel.log())
            kernel.run("ifconfig", "lo0")
