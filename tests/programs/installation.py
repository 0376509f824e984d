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
            environment = {**os.environ, "RUMP_SERVER": kernel.url, "LD_LIBRARY_PATH": str(prefix / "lib")}
            receiver = kernel.start_on_host(program, "receive", "4000", env=environment).wait_for(b"listening")
            sender = kernel.start_on_host(program, "send", "127.0.0.1", "4000", env=environment)
            sender.send(DATA)
            sender.finish().expect(0)
            received = receiver.finish().expect(0).out
        if hashlib.sha256(received).digest() != hashlib.sha256(DATA).digest():
            raise Failure(f"{len(received)} bytes came, other than those sent")
