"""Images of file systems, made and read by the host's tools, and kernels that have them mounted at /mnt."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from server import Server

# What rumphijack(3) has a program see: the kernel's files below /rump.
PATHS = {**os.environ, "RUMPHIJACK": "path=/rump,socket=all"}


def tool(*argv):
    """The output of a program of the host's, which must succeed."""
    return subprocess.run([str(word) for word in argv], check=True, capture_output=True).stdout


class Ext2:
    kernel_type = "ext2fs"

    def make(self, image, contents):
        tool("mke2fs", "-q", "-F", "-t", "ext2", "-I", "256", "-O", "none,filetype,sparse_super,large_file",
             "-d", contents, image, "16M")

    def read(self, image, name):
        return tool("debugfs", "-R", f"cat {name}", image)

    def check(self, image):
        tool("e2fsck", "-f", "-n", image)


class Msdos:
    kernel_type = "msdos"

    def make(self, image, contents):
        tool("mkfs.fat", "-C", image, "16384")
        for each in contents.iterdir():
            tool("mcopy", "-s", "-i", image, each, "::")

    def read(self, image, name):
        return tool("mtype", "-i", image, f"::{name}")

    def check(self, image):
        tool("fsck.fat", "-n", image)


class Cd9660:
    kernel_type = "cd9660"

    def make(self, image, contents):
        tool("genisoimage", "-quiet", "-R", "-o", image, contents)


class Ffs:
    """The host has no tool that reads it, so another kernel does."""

    kernel_type = "ffs"

    def make(self, image, contents):
        tool("makefs", "-t", "ffs", "-s", "16m", "-o", "version=2,density=4096", image, contents)

    def check(self, image):
        pass


class Tmpfs:
    """Lives in the kernel's memory, without an image."""

    kernel_type = "tmpfs"


KINDS = {"ext2": Ext2(), "msdos": Msdos(), "cd9660": Cd9660(), "ffs": Ffs(), "tmpfs": Tmpfs()}
READ_ONLY = ["cd9660"]


def mount_options(kind, image):
    """What has a server mount the image at /mnt."""
    if kind == "tmpfs":
        return ["--mount", "tmpfs,tmpfs,/mnt"]
    mount = f"{KINDS[kind].kernel_type},/disk,/mnt" + (",ro" if kind in READ_ONLY else "")
    return ["--drive", f"key=/disk,hostpath={image},size=host", "--mount", mount]


@contextlib.contextmanager
def image_of(kind, **contents):
    """An image with those files (name=bytes) in a directory of its own, whose path is in `.parent`."""
    with tempfile.TemporaryDirectory(prefix="farcall-test-") as name:
        directory = pathlib.Path(name)
        source = directory / "contents"
        source.mkdir()
        for file, data in contents.items():
            (source / file).write_bytes(data)
        image = directory / "image"
        if kind != "tmpfs":
            KINDS[kind].make(image, source)
        yield image


@contextlib.contextmanager
def mounted(bin_directory, kind, **contents):
    """A kernel with such an image at /mnt, and the image."""
    with image_of(kind, **contents) as image:
        with Server(bin_directory, "unix", [*mount_options(kind, image)]) as kernel:
            yield kernel, image
