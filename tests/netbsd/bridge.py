"""A bridge of NetBSD's kernel between two buses."""

from case import case
from network import ONE, ONE6, OTHER, OTHER6, exchange, kernels, own_directory, ping, shmif
from program import Failure
from server import Server


@case(transports=[None])
def bridge_between_buses(bin_directory):
    """The kernels on the two buses are neighbours; the one between has no address."""
    Server.need_component(bin_directory, "rumpnet_bridge")
    with own_directory() as directory:
        left, right = directory / "left", directory / "right"
        between = [*shmif(left), *shmif(right), "--bridge", "shmif0,shmif1"]
        with kernels(bin_directory, (None, between), (None, shmif(left, f"{ONE}/24", f"{ONE6}/64")),
                     ("builtin", shmif(right, f"{OTHER}/24", f"{OTHER6}/64"))) as (_, one, other):
            for address in (OTHER, OTHER6):
                ping(one, address)
            exchange(one, other, ONE, OTHER)


@case(transports=[None])
def bridge_of_what_is_not_there(bin_directory):
    Server.need_component(bin_directory, "rumpnet_bridge")
    try:
        with Server(bin_directory, "unix", ["--bridge", "shmif0,shmif1"]):
            raise Failure("it started")
    except Failure as failure:
        if "bridge0: it does not take interface 'shmif0'" not in str(failure):
            raise
