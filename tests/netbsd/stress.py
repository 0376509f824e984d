"""NetBSD's kernel under load on our hypercalls, for moments; FARCALL_STRESS_SECONDS=600 for ten minutes (README.md)."""

import os
import pathlib
import signal
import subprocess
import tempfile

from case import case
from program import Program


@case(transports=[None])
def virtual_cpus_run_at_once(bin_directory):
    Program([pathlib.Path(bin_directory).parent / "tests" / "netbsd_virtual_cpus"]).finish(timeout=120).expect(0)


@case(transports=[None])
def stress(bin_directory):
    seconds = int(os.environ.get("FARCALL_STRESS_SECONDS", "5"))
    signal.alarm(seconds + 150)  # the harness's own deadline is for moments
    program = pathlib.Path(bin_directory).parent / "tests" / "netbsd_stress"
    with tempfile.NamedTemporaryFile(prefix="farcall-test-") as image:
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-I", "128", "-O", "none,filetype,sparse_super,large_file",
                        image.name, "64M"], check=True, capture_output=True)
        uses = Program([program, seconds, image.name]).finish(timeout=seconds + 120).expect(0)
        print(uses.out.decode())
