"""What becomes of an address from a DHCP server: extended, extended by another server, taken back, or ended."""

import pathlib

from case import case
from leases import FAR, HOST, POOL, dnsmasq, tap_network, words_after
from network import own_directory, ping
from program import Failure, Program, until
from server import Server

DHCP_SERVER = pathlib.Path(__file__).resolve().parent / "dhcp_server.py"
OTHER_HOST = "10.77.0.3"  # of another server
RENEW_SOON = ["--dhcp-option=option:T1,3", "--dhcp-option=option:T2,6"]  # seconds; dnsmasq takes no fewer


def pool(first, last):
    return [f"--dhcp-range={first},{last},255.255.255.0,1h"]


def own_address(kernel):
    return words_after(kernel.run("ifconfig", "virt0"), "inet")


def kernel_on(namespace, bin_directory):
    return Server(bin_directory, "unix", ["--if", "tap:tap0,dhcp"], namespace.prefix)


@case(transports=[None])
def lease_is_renewed(bin_directory):
    """By the server that gave it, which is asked alone."""
    options = [*pool(*POOL), *RENEW_SOON, f"--dhcp-option=option:router,{HOST}"]
    with tap_network() as namespace, own_directory() as directory, dnsmasq(namespace, directory, *options) as server:
        with kernel_on(namespace, bin_directory) as kernel:
            address, = own_address(kernel)
            server.wait_for(f"DHCPACK(tap0) {address}".encode(), times=3)
            if server.err.count(b"DHCPDISCOVER") != 1 or own_address(kernel) != [address]:
                raise Failure(server.describe())
            ping(kernel, FAR)


@case(transports=[None])
def lease_is_extended_by_another_server(bin_directory):
    """The one that gave it is gone; one that has its leases answers who asks all."""
    with tap_network() as namespace, own_directory() as directory:
        options = [*pool(*POOL), *RENEW_SOON, "--dhcp-authoritative"]
        with dnsmasq(namespace, directory, *options) as first:
            with kernel_on(namespace, bin_directory) as kernel:
                address, = own_address(kernel)
                first.kill()
                namespace.ip("address", "del", f"{HOST}/24", "dev", "tap0")
                namespace.ip("address", "add", f"{OTHER_HOST}/24", "dev", "tap0")
                with dnsmasq(namespace, directory, *options) as second:
                    second.wait_for(f"DHCPACK(tap0) {address}".encode())
                    if own_address(kernel) != [address]:
                        raise Failure(second.describe())


@case(transports=[None])
def lease_is_taken_back(bin_directory):
    """A server that says no gets its address back, and is asked for another."""
    with tap_network() as namespace, own_directory() as directory:
        with dnsmasq(namespace, directory, *pool(*POOL), *RENEW_SOON) as first:
            with kernel_on(namespace, bin_directory) as kernel:
                before = own_address(kernel)
                first.kill()
                other_pool = pool("10.77.0.120", "10.77.0.120")
                with dnsmasq(namespace, directory, *other_pool, "--dhcp-authoritative") as second:
                    second.wait_for(b"DHCPNAK(tap0) " + before[0].encode())
                    until(lambda: own_address(kernel) == ["10.77.0.120"], what="another address")
                    ping(kernel, HOST)


@case(transports=[None])
def lease_ends(bin_directory):
    """Nobody extends it: the address goes, and its route, and a new one is looked for."""
    with tap_network() as namespace:
        server = Program([*namespace.prefix, "/usr/bin/python3", DHCP_SERVER, "4"])
        try:
            server.wait_for(b"ready", where="out")
            with kernel_on(namespace, bin_directory) as kernel:
                address, = own_address(kernel)
                server.wait_for(f"request {address}\n".encode(), where="out", times=2)
                until(lambda: not own_address(kernel), what="the address to go")
                server.wait_for(b"discover 0.0.0.0\n", where="out", times=2)
                if HOST in kernel.run("route", "-n"):
                    raise Failure(kernel.run("ifconfig", "-a") + kernel.run("route", "-n"))
        finally:
            server.kill()
