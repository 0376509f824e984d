"""File systems of NetBSD's kernel, on images that the host's tools make and read back."""

import pathlib
import tempfile

from case import NoKernel, case, case_for
from images import KINDS, PATHS, image_of, mount_options, mounted, tool
from program import Failure
from server import Server

GREETING = b"written by the host's tools\n"
TEXT = b"".join(b"line %d of what a program wrote through the kernel\n" % number for number in range(5000))
FILE, WRITTEN = "greeting", "written"
WRITABLE = ["ext2", "msdos"]  # and read by tools of the host's
KINDS_WITH_FILES = ["cd9660", "ext2", "ffs", "msdos"]

WRITE_AND_STAY = """
import os, signal, sys
text = sys.stdin.buffer.read()
while text:
    text = text[os.write(1, text):]
os.write(2, b"done")
signal.pause()
"""


def expect_written(kernel, kind, image):
    """Halts the kernel; what it has written back must be all of the text."""
    status = kernel.stop(timeout=60)
    found = KINDS[kind].read(image, WRITTEN)
    if status != 0 or found != TEXT:
        raise Failure(f"status {status}, {len(found)} bytes of {len(TEXT)} read back\n{kernel.log()}")
    KINDS[kind].check(image)


@case_for(KINDS_WITH_FILES, transports=[None])
def storage_reads(bin_directory, kind):
    with mounted(bin_directory, kind, **{FILE: GREETING}) as (kernel, _):
        text = kernel.run("cat", f"/rump/mnt/{FILE}", env=PATHS)
        if text.encode() != GREETING:
            raise Failure(f"read {text!r}")


@case_for(WRITABLE, transports=[None])
def storage_is_written_back(bin_directory, kind):
    with mounted(bin_directory, kind, **{FILE: GREETING}) as (kernel, image):
        kernel.run("sh", "-c", f"cat >/rump/mnt/{WRITTEN}", data=TEXT, env=PATHS)
        again = kernel.run("cat", f"/rump/mnt/{WRITTEN}", env=PATHS)
        if again.encode() != TEXT:
            raise Failure(f"{len(again)} bytes read of {len(TEXT)} written")
        expect_written(kernel, kind, image)


@case_for(WRITABLE, transports=[None])
def storage_survives_a_killed_client(bin_directory, kind):
    with mounted(bin_directory, kind, **{FILE: GREETING}) as (kernel, image):
        writer = kernel.start("sh", "-c", f"exec python3 -c \"$0\" >/rump/mnt/{WRITTEN}", WRITE_AND_STAY, env=PATHS)
        writer.send(TEXT)
        writer.close_stdin()
        writer.wait_for(b"done")
        writer.kill()
        expect_written(kernel, kind, image)


@case_for(WRITABLE, transports=[None])
def halt_writes_back_what_is_open(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, image):
        writer = kernel.start("sh", "-c", f"exec python3 -c \"$0\" >/rump/mnt/{WRITTEN}", WRITE_AND_STAY, env=PATHS)
        writer.send(TEXT)
        writer.close_stdin()
        writer.wait_for(b"done")
        tool(kernel.farcall, "halt", "--server", kernel.url)
        if kernel.process.wait(60) != 0 or KINDS[kind].read(image, WRITTEN) != TEXT:
            raise Failure(kernel.log())
        KINDS[kind].check(image)


READERS = 3


@case_for(["ext2", "ffs"], transports=[None])
def block_reads_run_at_once(bin_directory, kind):
    """Reads of the disk that wait for one another in the host all end, and give what was written."""
    library = pathlib.Path(bin_directory).parent / "tests" / "libio_barrier.so"
    if not library.exists():
        raise NoKernel("a server with a sanitizer takes no preloaded library")
    files = {f"file{number}": bytes([number + 1]) * 400000 for number in range(READERS)}
    with image_of(kind, **files) as image:
        prefix = ["env", f"LD_PRELOAD={library}", f"IO_BARRIER={READERS}"]
        with Server(bin_directory, "unix", mount_options(kind, image), prefix) as kernel:
            kernel.prefix = []
            readers = {name: kernel.start("cat", f"/rump/mnt/{name}", env=PATHS) for name in files}
            for name, reader in readers.items():
                if reader.finish(timeout=120).expect(0).out != files[name]:
                    raise Failure(f"{name} is not what was written")
            if f"{READERS} reads at once" not in kernel.log():
                raise Failure(kernel.log())


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
