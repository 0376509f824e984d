"""`farcall dump-bus`, read by tcpdump."""

import contextlib
import subprocess

from case import case
from network import ONE, OTHER, kernels, own_directory, ping, shmif
from program import Failure, Program

REQUEST, REPLY = f"{ONE} > {OTHER}: ICMP echo request", f"{OTHER} > {ONE}: ICMP echo reply"


@contextlib.contextmanager
def pair_and_bus(bin_directory):
    with own_directory() as directory:
        bus = directory / "bus"
        with kernels(bin_directory, *((None, shmif(bus, f"{address}/24")) for address in (ONE, OTHER))) as (one, _):
            yield one, bus


@case(transports=[None])
def dump_bus_of_the_past(bin_directory):
    with pair_and_bus(bin_directory) as (one, bus):
        ping(one, OTHER)
        file = one.directory / "capture.pcap"
        subprocess.run([bin_directory / "farcall", "dump-bus", "--write", file, bus], check=True)
        text = subprocess.run(["tcpdump", "-n", "-r", file], check=True, capture_output=True, text=True).stdout
        if REQUEST not in text or REPLY not in text:
            raise Failure(text)


@case(transports=[None])
def dump_bus_follow(bin_directory):
    with pair_and_bus(bin_directory) as (one, bus):
        dump = Program([bin_directory / "farcall", "dump-bus", "--follow", bus], stdin=subprocess.DEVNULL)
        shown = Program(["tcpdump", "-n", "-l", "-r", "-"], stdin=dump.process.stdout)
        try:
            shown.wait_for(b"link-type EN10MB")
            ping(one, OTHER)
            shown.wait_for(REQUEST.encode(), where="out").wait_for(REPLY.encode(), where="out")
        finally:
            dump.kill()
            shown.kill()


@case(transports=[None])
def dump_bus_of_something_else(bin_directory):
    with own_directory() as directory:
        file = directory / "file"
        file.write_bytes(bytes(2 << 20))
        for path, complaint in ((file, "is no bus"), (directory / "nothing", "No such file or directory")):
            dump = Program([bin_directory / "farcall", "dump-bus", path]).finish().expect(1)
            if complaint not in dump.err.decode() or dump.out:
                raise Failure(dump.describe())
