"""Somebody else writes to the file of a bus whatever he likes. NetBSD's kernel trusts it; the built-in one does not."""

import os
import random
import struct

from case import case
from interface_config import require
from network import ONE, OTHER, kernels, own_directory, ping, shmif

SIZE, HEADER = 1 << 20, 32
EMPTY = struct.pack("<IIQIIII", 0xca11d054, 3, 0, SIZE - HEADER, 0, 0, 0)


def scribble(file, rounds):
    """Headers that could be and others, and garbage in the ring; each write wakes who watches the file."""
    numbers = random.Random(1)
    for _ in range(rounds):
        header = struct.pack("<IIQIIII", 0xca11d054, 3, numbers.randrange(3), numbers.randrange(SIZE),
                             numbers.randrange(SIZE), 0, 0)
        os.pwrite(file, numbers.randbytes(4096), numbers.randrange(HEADER, SIZE - 4096))
        os.pwrite(file, header if numbers.randrange(2) else numbers.randbytes(HEADER - 8) + bytes(8), 0)


@case(transports=[None])
def bus_full_of_garbage(bin_directory):
    """Whatever is on the bus, the kernels serve their clients; and when it is empty again, they talk."""
    with own_directory() as directory:
        bus = directory / "bus"
        with kernels(bin_directory, (None, shmif(bus, f"{ONE}/24")), (None, shmif(bus, f"{OTHER}/24"))) as (one, other):
            ping(one, OTHER)
            file = os.open(bus, os.O_RDWR)
            talking = one.start("ping", "-n", "-i", "0.01", OTHER)
            scribble(file, 20_000)
            talking.kill()
            for kernel in (one, other):
                require(kernel.run("ifconfig", "shmif0"), "UP,BROADCAST,RUNNING")
            os.pwrite(file, EMPTY + bytes(SIZE - HEADER), 0)
            os.close(file)
            ping(one, OTHER)


@case(transports=[None])
def bus_locked_for_ever(bin_directory):
    """The interface stands still; nothing else does."""
    with own_directory() as directory:
        bus = directory / "bus"
        with kernels(bin_directory, (None, shmif(bus, f"{ONE}/24"))) as (one,):
            with bus.open("r+b") as file:
                file.seek(24)
                file.write(struct.pack("<I", 1))
            one.start("ping", "-n", "-c", "1", "-W", "1", OTHER).finish().expect(1)
            ping(one, "127.0.0.1")
            ping(one, ONE)
