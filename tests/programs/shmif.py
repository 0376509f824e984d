"""Two kernels on an Ethernet bus in a file."""

from case import case
from interface_config import require
from network import ONE, ONE6, OTHER, OTHER6, exchange, kernels, own_directory, pair, ping, shmif
from program import Failure, until
from server import Server

@case(transports=[None])
def shmif_ifconfig(bin_directory):
    with pair(bin_directory) as (one, _):
        require(one.run("ifconfig", "shmif0"), "UP,BROADCAST,RUNNING", f"inet {ONE}  netmask 255.255.255.0",
                f"inet6 {ONE6}  prefixlen 64", "ether b2:", "mtu 1500")


@case(transports=[None])
def shmif_ping(bin_directory):
    with pair(bin_directory) as (one, other):
        ping(one, OTHER)
        ping(other, ONE)


@case(transports=[None])
def shmif_ping6(bin_directory):
    with pair(bin_directory) as (one, other):
        ping(one, OTHER6)
        ping(other, ONE6)


@case(transports=[None])
def shmif_large_datagrams(bin_directory):
    with pair(bin_directory) as (one, _):
        ping(one, OTHER)  # while a neighbour is being looked for, of several fragments only one waits
        ping(one, OTHER, options=["-s", "8000"])


@case(transports=[None])
def shmif_tcp(bin_directory):
    with pair(bin_directory) as (one, other):
        exchange(one, other, ONE, OTHER)


@case(transports=[None])
def shmif_tcp6(bin_directory):
    with pair(bin_directory) as (one, other):
        exchange(one, other, ONE6, OTHER6)


@case(transports=[None])
def shmif_kernel_comes_back(bin_directory):
    """A kernel that is killed does not spoil the bus for the other, nor for its successor."""
    with own_directory() as directory:
        bus = directory / "bus"
        with kernels(bin_directory, (None, shmif(bus, f"{ONE}/24"))) as (one,):
            for _ in range(3):
                with kernels(bin_directory, (None, shmif(bus, f"{OTHER}/24"))) as (other,):
                    ping(one, OTHER)
                    until(lambda: bus_lock(bus) == 0, what="nobody holds the bus")
                    other.process.kill()
                    other.process.wait(10)


def bus_lock(bus):
    return int.from_bytes(bus.read_bytes()[24:28], "little")


@case(transports=[None])
def shmif_file_that_is_no_bus(bin_directory):
    with own_directory() as directory:
        file = directory / "file"
        file.write_bytes(b"something else" * 1000)
        try:
            with Server(bin_directory, "unix", shmif(file)):
                raise Failure("it started")
        except Failure as failure:
            if f"interface shmif0 on '{file}'" not in str(failure):
                raise
        if file.read_bytes() != b"something else" * 1000:
            raise Failure("it was written to")
