"""File systems of NetBSD's kernel, on images that the host's tools make and read back."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from case import case, case_for
from program import Failure
from server import Server

GREETING = b"written by the host's tools\n"
TEXT = b"".join(b"line %d of what a program wrote through the kernel\n" % number for number in range(5000))
FILE, WRITTEN = "greeting", "written"


def tool(*argv):
    return subprocess.run(argv, check=True, capture_output=True).stdout


class Ext2:
    kernel_type = "ext2fs"

    def make(self, image, contents):
        tool("mke2fs", "-q", "-F", "-t", "ext2", "-I", "256", "-O", "none,filetype,sparse_super,large_file",
             "-d", contents, image, "16M")

    def read(self, image, name):
        return tool("debugfs", "-R", f"cat {name}", image)


class Msdos:
    kernel_type = "msdos"

    def make(self, image, contents):
        tool("mkfs.fat", "-C", image, "16384")
        tool("mcopy", "-i", image, contents / FILE, "::")

    def read(self, image, name):
        return tool("mtype", "-i", image, f"::{name}")


class Cd9660:
    kernel_type = "cd9660"

    def make(self, image, contents):
        tool("genisoimage", "-quiet", "-R", "-o", image, contents)


KINDS = {"ext2": Ext2(), "msdos": Msdos(), "cd9660": Cd9660()}
WRITABLE = ["ext2", "msdos"]


@contextlib.contextmanager
def mounted(bin_directory, kind):
    """A kernel with an image of that kind at /mnt, and the image."""
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as name:
        directory = pathlib.Path(name)
        contents = directory / "contents"
        contents.mkdir()
        (contents / FILE).write_bytes(GREETING)
        image = directory / "image"
        KINDS[kind].make(image, contents)
        mount = f"{KINDS[kind].kernel_type},/disk,/mnt" + ("" if kind in WRITABLE else ",ro")
        options = ["--drive", f"key=/disk,hostpath={image},size=host", "--mount", mount]
        with Server(bin_directory, "unix", options) as kernel:
            yield kernel, image


WRITE_AND_STAY = """
import os, signal, sys
text = sys.stdin.buffer.read()
while text:
    text = text[os.write(1, text):]
os.write(2, b"done")
signal.pause()
"""
PATHS = {**os.environ, "RUMPHIJACK": "path=/rump,socket=all"}


def expect_written(kernel, kind, image):
    """Halts the kernel; what it has written back must be all of the text."""
    status = kernel.stop(timeout=60)
    found = KINDS[kind].read(image, WRITTEN)
    if status != 0 or found != TEXT:
        raise Failure(f"status {status}, {len(found)} bytes of {len(TEXT)} read back\n{kernel.log()}")


@case_for(sorted(KINDS), transports=[None])
def storage_reads(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _):
        text = kernel.run("cat", f"/rump/mnt/{FILE}", env=PATHS)
        if text.encode() != GREETING:
            raise Failure(f"read {text!r}")


@case_for(WRITABLE, transports=[None])
def storage_is_written_back(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, image):
        kernel.run("sh", "-c", f"cat >/rump/mnt/{WRITTEN}", data=TEXT, env=PATHS)
        again = kernel.run("cat", f"/rump/mnt/{WRITTEN}", env=PATHS)
        if again.encode() != TEXT:
            raise Failure(f"{len(again)} bytes read of {len(TEXT)} written")
        expect_written(kernel, kind, image)


@case_for(WRITABLE, transports=[None])
def storage_survives_a_killed_client(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, image):
        writer = kernel.start("sh", "-c", f"exec python3 -c \"$0\" >/rump/mnt/{WRITTEN}", WRITE_AND_STAY, env=PATHS)
        writer.send(TEXT)
        writer.close_stdin()
        writer.wait_for(b"done")
        writer.kill()
        expect_written(kernel, kind, image)


@case(transports=[None])
def mount_of_something_else_is_refused(bin_directory):
    with tempfile.NamedTemporaryFile(prefix="farcall-test-") as image:
        image.truncate(1 << 20)
        server = Server(bin_directory, "unix", ["-d", f"key=/disk,hostpath={image.name},size=host",
                                                "--mount", "ext2fs,/disk,/mnt"])
        try:
            with server:
                raise Failure("it started")
        except Failure as failure:
            if "cannot be mounted at /mnt as ext2fs" not in str(failure):
                raise
