"""Three kernels: one routes between the buses of the others."""

from case import case
from interface_config import require
from network import A, A6, B, B6, ROUTER_A, ROUTER_B, check_routed, exchange, ping, topology
from program import Failure


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
def routed_traceroute(bin_directory):
    with topology(bin_directory) as (_, a, _):
        text = a.run("traceroute", "-n", "-U", "-q", "1", "-w", "10", B)
        hops = [line.split()[1] for line in text.splitlines()[1:]]
        if hops != [ROUTER_A, B]:
            raise Failure(text)


@case(transports=[None])
def routed_only_when_asked(bin_directory):
    with topology(bin_directory, forwarding=False) as (router, a, _):
        ping(a, ROUTER_B)
        program = a.start("ping", "-n", "-c", "1", "-W", "1", B).finish().expect(1)
        require(program.out.decode(), " 0 received")
        ping(router, B)
