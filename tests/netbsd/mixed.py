"""NetBSD's kernel and the built-in one on one wire."""

from case import case, case_for
from network import ONE, ONE6, OTHER, OTHER6, check_routed, exchange, pair, ping, topology


@case(transports=[None])
def mixed_ping(bin_directory):
    with pair(bin_directory, "netbsd", "builtin") as (netbsd, builtin):
        for address in (OTHER, OTHER6):
            ping(netbsd, address)
        for address in (ONE, ONE6):
            ping(builtin, address)


@case(transports=[None])
def mixed_tcp(bin_directory):
    with pair(bin_directory, "netbsd", "builtin") as (netbsd, builtin):
        exchange(netbsd, builtin, ONE, OTHER)


@case(transports=[None])
def mixed_tcp6(bin_directory):
    with pair(bin_directory, "netbsd", "builtin") as (netbsd, builtin):
        exchange(netbsd, builtin, ONE6, OTHER6)


@case_for(["builtin", "netbsd"], transports=[None])
def mixed_routed(bin_directory, router):
    """The router is of one kind; of what it connects, one is and one is not."""
    with topology(bin_directory, "netbsd", router, "builtin") as (_, a, b):
        check_routed(a, b)
