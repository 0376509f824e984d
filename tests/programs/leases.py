"""Addresses that others give: DHCP and IPv6 routers' advertisements, from dnsmasq on the other side of a tap device."""

import contextlib

from case import case
from namespace import Namespace
from network import own_directory, ping
from program import Failure, Program
from server import Server

HOST, NETWORK, POOL = "10.77.0.1", "10.77.0.0", ("10.77.0.100", "10.77.0.110")
FAR = "192.0.2.1"  # behind the host, by the default route alone
PREFIX6, FAR6 = "2001:db8:77:", "2001:db8:ffff::1"
NOBODY_ANSWERS_SECONDS = 120


@contextlib.contextmanager
def tap_network():
    with Namespace() as namespace:
        namespace.ip("tuntap", "add", "dev", "tap0", "mode", "tap")
        namespace.ip("address", "add", f"{HOST}/24", "dev", "tap0")
        namespace.ip("address", "add", f"{PREFIX6}:1/64", "dev", "tap0", "nodad")
        namespace.ip("address", "add", f"{FAR}/32", "dev", "lo")
        namespace.ip("address", "add", f"{FAR6}/128", "dev", "lo", "nodad")
        namespace.ip("link", "set", "tap0", "up")
        yield namespace


@contextlib.contextmanager
def dnsmasq(namespace, directory, *options):
    """Serves on tap0, and says on standard error what; its leases are in `directory`."""
    words = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--log-dhcp", "--port=0",
             "--user=root", "--pid-file=", f"--dhcp-leasefile={directory / 'leases'}", "--no-ping", "--interface=tap0",
             "--bind-dynamic", *options]
    server = Program([*namespace.prefix, *words])
    try:
        yield server.wait_for(b"started, version")
    finally:
        server.kill()


@contextlib.contextmanager
def configured(bin_directory, setting, *options):
    """A kernel whose virt0 has its addresses from dnsmasq with `options`, and where dnsmasq's leases are."""
    with tap_network() as namespace, own_directory() as directory, dnsmasq(namespace, directory, *options):
        with Server(bin_directory, "unix", ["--if", f"tap:tap0,{setting}"], namespace.prefix) as kernel:
            yield kernel, directory / "leases"


def words_after(text, word):
    parts = text.split()
    return [following for part, following in zip(parts, parts[1:]) if part == word]


@case(transports=[None])
def dhcp_gives_an_address_and_a_router(bin_directory):
    options = [f"--dhcp-range={POOL[0]},{POOL[1]},255.255.255.0,1h", f"--dhcp-option=option:router,{HOST}"]
    with configured(bin_directory, "dhcp", *options) as (kernel, leases):
        text = kernel.run("ifconfig", "virt0")
        address, = words_after(text, "inet")
        if words_after(text, "netmask") != ["255.255.255.0"] or address not in leases.read_text():
            raise Failure(f"{text}\n{leases.read_text()}")
        ping(kernel, HOST)
        ping(kernel, FAR)
        kernel.run_on_host("ping", "-n", "-c", "1", "-W", "10", address)


@case(transports=[None])
def auto6_takes_prefix_and_router(bin_directory):
    options = ["--enable-ra", f"--dhcp-range={PREFIX6}:,ra-only"]
    with configured(bin_directory, "auto6", *options) as (kernel, _):
        addresses = words_after(kernel.run("ifconfig", "virt0"), "inet6")
        given = [address for address in addresses if address.startswith(PREFIX6)]
        if len(given) != 1:
            raise Failure(f"{addresses}")
        ping(kernel, f"{PREFIX6}:1")
        ping(kernel, FAR6)
        kernel.run_on_host("ping", "-6", "-n", "-c", "1", "-W", "10", given[0])


def expect_no_start(bin_directory, setting, complaint):
    with tap_network() as namespace:
        try:
            with Server(bin_directory, "unix", ["--if", f"tap:tap0,{setting}"], namespace.prefix,
                        start_seconds=NOBODY_ANSWERS_SECONDS):
                raise Failure("it started")
        except Failure as failure:
            if f"interface virt0 on 'tap0': {complaint}" not in str(failure):
                raise


@case(transports=[None])
def dhcp_without_a_server(bin_directory):
    expect_no_start(bin_directory, "dhcp", "no DHCP server gave it an address in time")


@case(transports=[None])
def auto6_without_a_router(bin_directory):
    expect_no_start(bin_directory, "auto6", "no router advertised an IPv6 prefix in time")
