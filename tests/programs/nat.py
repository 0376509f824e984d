"""User-mode NAT: a kernel, and its user, without privileges reach what the host reaches.

The host is a network namespace without a way out, so that nothing leaves this machine.
"""

import contextlib

from case import case
from interface_config import require
from namespace import Namespace
from netcat import digest, make_file
from network import ping
from program import Failure
from server import Server
from unprivileged import UsersServer

GATEWAY, KERNEL = "10.0.2.2", "10.0.2.15"
HOST, HOST6 = "192.0.2.1", "2001:db8:ffff::1"  # of the host, and not of its loopback
PREFIX6 = "fd00:77:"
PORT, KERNEL_PORT = "8000", "80"
BYTES = 16 << 20


@contextlib.contextmanager
def host():
    with Namespace() as namespace:
        namespace.ip("address", "add", f"{HOST}/32", "dev", "lo")
        namespace.ip("address", "add", f"{HOST6}/128", "dev", "lo", "nodad")
        yield namespace


@contextlib.contextmanager
def behind_nat(bin_directory, *settings):
    with host() as namespace:
        with Server(bin_directory, "unix", ["--if", ",".join(["nat", *settings])], namespace.prefix) as kernel:
            yield kernel


def url(address):
    return f"http://[{address}]:{PORT}/file" if ":" in address else f"http://{address}:{PORT}/file"


def start_web_server(kernel, address):
    """Serves 16 MiB at the host's `address`."""
    make_file(kernel.directory / "file", BYTES)
    server = kernel.start_on_host("/usr/bin/python3", "-u", "-m", "http.server", PORT, "--bind", address,
                                  "--directory", kernel.directory)
    server.wait_for(b"Serving HTTP on", where="out")


def fetch(kernel, address):
    copy = kernel.directory / "copy"
    kernel.run("curl", "-sS", "-f", "-o", copy, url(address), timeout=100)
    if digest(copy) != digest(kernel.directory / "file"):
        raise Failure("what curl fetched is not what was served")


def expect_no_connection(kernel, address):
    """It is refused, or nobody answers."""
    program = kernel.start("curl", "-sS", "--connect-timeout", "3", url(address)).finish()
    if program.status not in (7, 28):
        raise Failure(program.describe())


@case(transports=[None])
def nat_is_configured(bin_directory):
    with behind_nat(bin_directory) as kernel:
        require(kernel.run("ifconfig", "virt0"), f"inet {KERNEL}  netmask 255.255.255.0", "mtu 1500")
        routes = [line.split() for line in kernel.run("route", "-n").splitlines()[2:]]
        if not any(row[:2] == ["0.0.0.0", GATEWAY] and row[-1] == "virt0" for row in routes):
            raise Failure(f"no default route: {routes}")
        ping(kernel, GATEWAY)


@case(transports=[None])
def nat_curl(bin_directory):
    """By default all of the host's addresses are reached but its loopback."""
    with behind_nat(bin_directory) as kernel:
        start_web_server(kernel, "0.0.0.0")
        fetch(kernel, HOST)
        expect_no_connection(kernel, GATEWAY)


@case(transports=[None])
def nat_curl_from_loopback(bin_directory):
    with behind_nat(bin_directory, "host-loopback") as kernel:
        start_web_server(kernel, "127.0.0.1")
        fetch(kernel, GATEWAY)


@case(transports=[None])
def nat_curl_v6(bin_directory):
    with behind_nat(bin_directory, f"net6={PREFIX6}:/64") as kernel:
        require(kernel.run("ifconfig", "virt0"), f"inet6 {PREFIX6}:15  prefixlen 64")
        start_web_server(kernel, HOST6)
        ping(kernel, f"{PREFIX6}:2")
        fetch(kernel, HOST6)


@case(transports=[None])
def nat_restricted(bin_directory):
    with behind_nat(bin_directory, "restrict") as kernel:
        start_web_server(kernel, "0.0.0.0")
        ping(kernel, GATEWAY)
        expect_no_connection(kernel, HOST)


@case(transports=[None])
def nat_netcat(bin_directory):
    """Both ways at once, in a network of another number."""
    with behind_nat(bin_directory, "net=10.9.8.0/24", "host=10.9.8.1", "10.9.8.7/24", "host-loopback") as kernel:
        server = kernel.start_on_host("nc.openbsd", "-v", "-n", "-l", "127.0.0.1", PORT).wait_for(b"Listening on")
        client = kernel.start("nc.openbsd", "-n", "-N", "10.9.8.1", PORT)
        for number in range(50):
            client.send(f"to the host {number}\n".encode())
            server.wait_for(f"to the host {number}\n".encode(), where="out")
            server.send(f"to the kernel {number}\n".encode())
            client.wait_for(f"to the kernel {number}\n".encode(), where="out")
        client.finish().expect(0)
        server.finish().expect(0)


@case(transports=[None])
def nat_forwards_tcp(bin_directory):
    """The host's nc sends to a port of its own, and the kernel's nc has it."""
    with behind_nat(bin_directory, f"forward=tcp:127.0.0.1:{PORT}-{KERNEL}:{KERNEL_PORT}") as kernel:
        sent, received = kernel.directory / "sent", kernel.directory / "received"
        make_file(sent, BYTES)
        with received.open("wb") as output:
            server = kernel.start("nc.openbsd", "-v", "-n", "-l", KERNEL, KERNEL_PORT, stdout=output)
        server.wait_for(b"Listening on")
        kernel.run_on_host("sh", "-c", f"exec nc.openbsd -n -N 127.0.0.1 {PORT} <{sent}", timeout=100)
        server.finish(timeout=100).expect(0)
        if digest(sent) != digest(received):
            raise Failure(f"received {received.stat().st_size} bytes, not those that were sent")


def exchange_datagrams(client, server):
    """The first goes to the server; nothing is lost, since the next goes when the last has come."""
    for number in range(20):
        client.send(f"there {number}\n".encode())
        server.wait_for(f"there {number}\n".encode(), where="out")
        server.send(f"and back {number}\n".encode())
        client.wait_for(f"and back {number}\n".encode(), where="out")


@case(transports=[None])
def nat_udp(bin_directory):
    with behind_nat(bin_directory) as kernel:
        server = kernel.start_on_host("nc.openbsd", "-v", "-n", "-u", "-l", HOST, PORT).wait_for(b"Bound on")
        exchange_datagrams(kernel.start("nc.openbsd", "-n", "-u", HOST, PORT), server)


@case(transports=[None])
def nat_forwards_udp(bin_directory):
    with behind_nat(bin_directory, "host-loopback", f"forward=udp:{PORT}-{KERNEL_PORT}") as kernel:
        server = kernel.start("nc.openbsd", "-v", "-n", "-u", "-l", KERNEL, KERNEL_PORT).wait_for(b"Bound on")
        exchange_datagrams(kernel.start_on_host("nc.openbsd", "-n", "-u", "127.0.0.1", PORT), server)


@case(transports=[None])
def nat_forwards_udp_from_elsewhere(bin_directory):
    """To one of the host's other addresses; the loopback stays closed."""
    with behind_nat(bin_directory, f"forward=udp:{HOST}:{PORT}-{KERNEL_PORT}") as kernel:
        server = kernel.start("nc.openbsd", "-v", "-n", "-u", "-l", KERNEL, KERNEL_PORT).wait_for(b"Bound on")
        exchange_datagrams(kernel.start_on_host("nc.openbsd", "-n", "-u", HOST, PORT), server)


@case(transports=[None])
def nat_dhcp(bin_directory):
    with behind_nat(bin_directory, "dhcp") as kernel:
        require(kernel.run("ifconfig", "virt0"), f"inet {KERNEL}  netmask 255.255.255.0")
        ping(kernel, GATEWAY)


@case(transports=[None])
def nat_unprivileged(bin_directory):
    """Neither the kernel's user nor the kernel's programs are root."""
    with UsersServer(bin_directory, ["--if", "nat"]) as kernel:
        require(kernel.run("ifconfig", "virt0"), f"inet {KERNEL}  netmask 255.255.255.0")
        kernel.run("ping", "-n", "-c", "1", GATEWAY)


@case(transports=[None])
def nat_port_in_use(bin_directory):
    with behind_nat(bin_directory, f"forward=tcp:{PORT}-{KERNEL_PORT}") as kernel:
        second = kernel.start_on_host(kernel.farcall, "serve", "--kernel", kernel.kernel, "--foreground", "--listen",
                                      f"unix://{kernel.directory}/second", "--if", f"nat,forward=tcp:{PORT}-81")
        error = second.finish().expect(1).err.decode()
        if error != f"farcall: NAT cannot listen at 127.0.0.1:{PORT} (tcp): Address already in use\n":
            raise Failure(error)
