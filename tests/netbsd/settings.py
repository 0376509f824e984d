"""What is set in the kernel at its start, by the server and by --sysctl."""

import pathlib

from case import case
from program import Failure
from server import Server

CLIENT_PORTS = pathlib.Path(__file__).resolve().parent / "inside" / "client_ports.py"
CHOICE = "net.inet.ip.anonportalgo.selected"


def ports(kernel, count):
    """Of so many connections, one after the other, whose server closes first."""
    return [int(line) for line in kernel.run("python3", CLIENT_PORTS, str(count)).split()]


@case(transports=["unix"])
def a_clients_port_does_not_come_again_soon(kernel):
    """Every other connect from a port that its server remembers takes this kernel six seconds."""
    found = ports(kernel, 600)
    if len(set(found)) != 600:
        raise Failure(f"{len(set(found))} ports in 600 connections")


@case(transports=[None])
def sysctl_takes_words(bin_directory):
    with Server(bin_directory, "unix", ["--sysctl", f"{CHOICE}=random_pick"]) as kernel:
        found = ports(kernel, 20)
    if found == sorted(found, reverse=True):
        raise Failure(f"these are in turn: {found}")


def complaint_of(bin_directory, setting):
    try:
        with Server(bin_directory, "unix", ["--sysctl", setting]):
            raise Failure("it started")
    except Failure as failure:
        return str(failure)


@case(transports=[None])
def sysctl_of_the_wrong_kind_is_refused(bin_directory):
    for setting, why in ((f"{CHOICE}=quicker", f"sysctl {CHOICE} does not take 'quicker'"),
                         ("net.inet.ip.ttl=long", "sysctl net.inet.ip.ttl takes a number, not 'long'"),
                         ("net.inet.ip.nothing=1", "this kernel has no sysctl 'net.inet.ip.nothing'")):
        complaint = complaint_of(bin_directory, setting)
        if why not in complaint:
            raise Failure(complaint)
