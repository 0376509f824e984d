"""The name rump_server, with the options that NetBSD's program has: -l for components, -d for drives."""

import contextlib
import os
import pathlib
import tempfile

from case import case
from program import Failure, Program


def run(*words, **settings):
    return Program(words, **settings).finish().expect(0).out


@contextlib.contextmanager
def rump_server(bin_directory, *options):
    """One in the background, until it is halted; gives how to run programs in front of it, and its directory."""
    farcall = pathlib.Path(bin_directory) / "farcall"
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as directory:
        url = f"unix://{directory}/kernel"
        run(farcall.parent / "rump_server", *options, url)
        try:
            yield lambda *argv, **settings: run(farcall, "run", "--server", url, "--", *argv, **settings)
        finally:
            run(farcall, "halt", "--server", url)
        if os.path.exists(f"{directory}/kernel"):
            raise Failure("halt leaves the socket behind")


@case(transports=[None])
def rump_server_has_the_components_that_are_named(bin_directory):
    with rump_server(bin_directory, "-l", "rumpnet_netinet") as inside:
        text = inside("ifconfig", "lo0").decode()
    if "inet 127.0.0.1" not in text or "inet6" in text:
        raise Failure(text)


@case(transports=[None])
def rump_server_has_drives(bin_directory):
    with tempfile.NamedTemporaryFile(prefix="farcall-test-") as image:
        image.write(os.urandom(1 << 20))
        image.flush()
        drive = f"key=/drive,hostpath={image.name},size=host,type=reg"
        with rump_server(bin_directory, "-l", "rumpvfs", "-d", drive) as inside:
            found = inside("cat", "/rump/drive", env={**os.environ, "RUMPHIJACK": "path=/rump"})
        if found != pathlib.Path(image.name).read_bytes():
            raise Failure(f"{len(found)} bytes, not those of the drive")
