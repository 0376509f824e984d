"""The conformance programs about files (tests/syscalls) on the file systems of NetBSD's kernel."""

import pathlib

from case import case_for
from images import PATHS, mounted
from program import Failure

# FAT has no links, owners, permissions and special files, and these are not about that.
DISKS = ["ext2", "ffs"]
FAMILIES = ["file", "directory", "filename", "mmap", "fifo"]


@case_for(FAMILIES, DISKS, transports=[None])
def files_conform(bin_directory, family, kind):
    program = pathlib.Path(bin_directory).parent / "tests" / f"syscall_{family}_test"
    with mounted(bin_directory, kind) as (kernel, _):
        environment = {**PATHS, "KERNEL": kernel.kernel, "FILES_DIRECTORY": "/rump/mnt"}
        tested = kernel.start(program, env=environment).finish(timeout=120)
        if tested.status != 0:
            raise Failure(f"{tested.describe()}\n{kernel.log()}")
