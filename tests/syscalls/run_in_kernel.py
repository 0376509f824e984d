"""Runs a conformance program in front of a server of its own: run_in_kernel.py [--build DIR] [--kernel NAME] TRANSPORT PROGRAM...

Status 77: skipped, for want of that kernel.
"""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "harness"))
sys.dont_write_bytecode = True

from case import NoKernel  # noqa: E402
from program import Failure, Program  # noqa: E402
from server import Server  # noqa: E402

SECONDS = 90
FILES = {"FILES_DIRECTORY": "/rump/files"}


class OwnKernel:
    """One within the program, for `farcall run --local`, in the place of a server."""

    interface = Server.interface

    def __init__(self, bin_directory, kernel):
        self.kernel = kernel
        self.command = [bin_directory / "farcall", "run", "--local", "--kernel", kernel, "--"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def start(self, *argv, **settings):
        return Program([*self.command, *argv], **settings)

    def log(self):
        return ""


def kernel_for(options, bin_directory, mounts):
    if options.transport == "local":
        return OwnKernel(bin_directory, options.kernel)
    return Server(bin_directory, options.transport, mounts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--kernel", default="builtin")
    parser.add_argument("transport", choices=["unix", "unix-stream", "tcp", "tcp6", "local"])
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    bin_directory = pathlib.Path(options.build).resolve() / "bin"
    try:
        Server.host_kernel(options.kernel, bin_directory)
    except NoKernel as reason:
        print(f"skipped: {reason}", file=sys.stderr)
        sys.exit(77)
    has_files = options.kernel == "netbsd" and options.transport != "local"
    mounts = ["--mount", "tmpfs,tmpfs,/files"] if has_files else []
    with kernel_for(options, bin_directory, mounts) as kernel:
        environment = {**os.environ, "LOOPBACK_INTERFACE": kernel.interface, "KERNEL": kernel.kernel,
                       **(FILES if mounts else {})}
        program = kernel.start(*options.program, env=environment)
        try:
            program.finish(timeout=SECONDS)
        except Failure as failure:
            sys.exit(f"{failure}\n--- the server's log\n{kernel.log()}")
        sys.stdout.write(program.out.decode(errors="backslashreplace"))
        sys.stderr.write(program.err.decode(errors="backslashreplace"))
        if program.status != 0:
            sys.exit(f"{options.program[0]} ended with {program.status}\n--- the server's log\n{kernel.log()}")


if __name__ == "__main__":
    main()
