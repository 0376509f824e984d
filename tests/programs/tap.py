"""A kernel on a tap device, in a network namespace that the test makes; the host's programs are on the other side."""

import contextlib
import json

from case import case, case_for
from interface_config import require
from namespace import Namespace
from netcat import digest, make_file
from network import send_file
from program import Failure
from server import Server

HOST, KERNEL = "10.77.0.1", "10.77.0.2"
HOST6, KERNEL6 = "2001:db8:77::1", "2001:db8:77::2"


@contextlib.contextmanager
def kernel_on_tap(bin_directory):
    """A server with an interface on tap0, whose host side has an address."""
    with Namespace() as namespace:
        namespace.ip("tuntap", "add", "dev", "tap0", "mode", "tap")
        namespace.ip("address", "add", f"{HOST}/24", "dev", "tap0")
        namespace.ip("address", "add", f"{HOST6}/64", "dev", "tap0", "nodad")
        namespace.ip("link", "set", "tap0", "up")
        options = ["--if", f"tap:tap0,{KERNEL}/24,{KERNEL6}/64"]
        with Server(bin_directory, "unix", options, namespace.prefix) as kernel:
            yield kernel


@case(transports=[None])
def tap_ifconfig(bin_directory):
    with kernel_on_tap(bin_directory) as kernel:
        require(kernel.run("ifconfig", "virt0"), "UP,BROADCAST,RUNNING", f"inet {KERNEL}  netmask 255.255.255.0",
                f"inet6 {KERNEL6}  prefixlen 64", "ether ", "mtu 1500")
        routes = [line.split() for line in kernel.run("route", "-n").splitlines()[2:]]
        if not any(row[0] == "10.77.0.0" and row[-1] == "virt0" for row in routes):
            raise Failure(f"no route to the network of virt0: {routes}")


@case(transports=[None])
def tap_ping_both_ways(bin_directory):
    with kernel_on_tap(bin_directory) as kernel:
        ping = ["ping", "-n", "-c", "3", "-i", "0.2", "-W", "5"]
        require(kernel.run_on_host(*ping, KERNEL), " 3 received, 0% packet loss")
        require(kernel.run(*ping, HOST), " 3 received, 0% packet loss")
        require(kernel.run("arp", "-n"), HOST, "ether", "virt0")


@case(transports=[None])
def tap_ping6_both_ways(bin_directory):
    with kernel_on_tap(bin_directory) as kernel:
        ping = ["ping", "-6", "-n", "-c", "3", "-i", "0.2", "-W", "5"]
        require(kernel.run_on_host(*ping, KERNEL6), " 3 received, 0% packet loss")
        require(kernel.run(*ping, HOST6), " 3 received, 0% packet loss")


@case(transports=[None])
def tap_netcat_from_host(bin_directory):
    """16 MiB from the host's nc to the kernel's, over the wire between them."""
    with kernel_on_tap(bin_directory) as kernel:
        sent, received = kernel.directory / "sent", kernel.directory / "received"
        make_file(sent, 16 << 20)
        with received.open("wb") as output:
            server = kernel.start("nc.openbsd", "-v", "-n", "-l", "0.0.0.0", "4001", stdout=output)
        server.wait_for(b"Listening on")
        kernel.run_on_host("sh", "-c", f"exec nc.openbsd -n -N {KERNEL} 4001 <{sent}", timeout=60)
        server.finish().expect(0)
        if digest(sent) != digest(received):
            raise Failure(f"received {received.stat().st_size} bytes, not those that were sent")


def fetch_file(kernel, start_server, run_client, address):
    """A web server at `address` on one side, and curl on the other."""
    make_file(kernel.directory / "file", 4 << 20)
    server = start_server("/usr/bin/python3", "-u", "-m", "http.server", "8000", "--bind", address,
                          "--directory", kernel.directory)
    server.wait_for(b"Serving HTTP on", where="out")
    copy = kernel.directory / "copy"
    run_client("curl", "-sS", "-f", "-o", copy, f"http://{address}:8000/file", timeout=60)
    if digest(copy) != digest(kernel.directory / "file"):
        raise Failure("what curl fetched is not what was served")


@case(transports=[None])
def tap_curl_to_host(bin_directory):
    """The kernel's curl fetches from a server on the host's side."""
    with kernel_on_tap(bin_directory) as kernel:
        fetch_file(kernel, kernel.start_on_host, kernel.run, HOST)


@case(transports=[None])
def tap_netcat_to_host(bin_directory):
    with kernel_on_tap(bin_directory) as kernel:
        send_file(kernel.start, kernel.start_on_host, HOST)


@case(transports=[None])
def tap_host_fetches_from_kernel(bin_directory):
    """The host's curl fetches from a web server whose sockets are the kernel's."""
    with kernel_on_tap(bin_directory) as kernel:
        fetch_file(kernel, kernel.start, kernel.run_on_host, KERNEL)


@case_for(["to", "from"], transports=[None])
def tap_iperf3(bin_directory, direction):
    """The host's iperf3 measures the way to the kernel's, or from it."""
    with kernel_on_tap(bin_directory) as kernel:
        server = kernel.start("iperf3", "--server", "--one-off", "--bind", KERNEL, "--forceflush")
        server.wait_for(b"Server listening on", where="out")
        reverse = ["--reverse"] if direction == "from" else []
        report = json.loads(kernel.run_on_host("iperf3", "--client", KERNEL, "--bytes", "32M", "--json", *reverse,
                                               timeout=100))
        server.finish().expect(0)
        sent, received = (report["end"][end]["bytes"] for end in ("sum_sent", "sum_received"))
        if "error" in report or sent < 32 << 20 or received == 0:
            raise Failure(json.dumps(report["end"], indent=1))
