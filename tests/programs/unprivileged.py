"""A user who is not root serves a kernel and runs programs in front of it.

The superuser's tests become nobody for that; the programs then have to lie where nobody may read.
"""

import os
import pathlib
import shutil

from case import case
from netcat import PORT, start_listener
from program import Failure
from server import Server

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
ADDRESS = "10.4.4.4"  # of the kernel alone


def readable_copy(bin_directory, directory):
    """The programs and their libraries, under a directory that everybody can reach."""
    build = pathlib.Path(bin_directory).parent
    for source in [build / "bin" / "farcall", *(build / "lib").glob("*.so*")]:
        copy = directory / source.parent.name / source.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(source, copy)
    return directory / "bin"


class UsersServer(Server):
    """A kernel in a process that belongs to a user without privileges, as do the programs in front of it."""

    def __init__(self, bin_directory, options=()):
        super().__init__(bin_directory, "unix", options)
        if os.geteuid() != 0:
            return
        self.prefix = AS_NOBODY
        self.farcall = readable_copy(bin_directory, self.directory) / "farcall"
        shutil.chown(self.directory, "nobody")


@case(transports=[None])
def unprivileged_tools(bin_directory):
    with UsersServer(bin_directory) as kernel:
        if kernel.run_on_host("id", "-u").strip() == "0":
            raise Failure("this test is for somebody else than root")
        kernel.run("ifconfig", "lo0", "add", ADDRESS)
        for command in (["ifconfig", "-a"], ["route", "-n"], ["netstat", "-an"]):
            kernel.run(*command)
        if ADDRESS not in kernel.run("ifconfig"):
            raise Failure("ifconfig does not show the address that it has added")


@case(transports=[None])
def unprivileged_ping(bin_directory):
    """The file `ping` has a privilege on the host, for which ld.so would leave the shim out."""
    with UsersServer(bin_directory) as kernel:
        kernel.run("ifconfig", "lo0", "add", ADDRESS)
        kernel.run("ping", "-n", "-c", "1", ADDRESS)
        kernel.run("ping", "-n", "-6", "-c", "1", "::1")
        kernel.run("sh", "-c", f"ping -n -c 1 {ADDRESS} && echo reached")


@case(transports=[None])
def unprivileged_nc(bin_directory):
    with UsersServer(bin_directory) as kernel:
        server = start_listener(kernel, "openbsd", "v4")
        kernel.run("nc.openbsd", "-n", "-N", "127.0.0.1", PORT, data=b"hello\n")
        if server.finish().expect(0).out != b"hello\n":
            raise Failure(server.describe())
