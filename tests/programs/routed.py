"""Three kernels: one routes between the buses of the others."""

from case import case
from interface_config import require
from network import A6, B, B6, ROUTER_B, check_routed, exchange, ping, topology


@case(transports=[None])
def routed_v4(bin_directory):
    with topology(bin_directory) as (_, a, b):
        check_routed(a, b)


@case(transports=[None])
def routed_v6(bin_directory):
    with topology(bin_directory) as (_, a, b):
        ping(a, B6)
        exchange(a, b, A6, B6)


@case(transports=[None])
def routed_not_when_forbidden(bin_directory):
    with topology(bin_directory, forwarding=False) as (router, a, _):
        ping(a, ROUTER_B)
        program = a.start("ping", "-n", "-c", "1", "-W", "1", B).finish().expect(1)
        require(program.out.decode(), " 0 received")
        ping(router, B)
