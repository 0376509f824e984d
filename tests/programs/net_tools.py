"""net-tools' route, arp and netstat."""

import re

from case import case
from interface_config import require
from program import Failure

SERVER = """
import socket, sys
tcp4 = socket.create_server(("127.0.0.1", 5001))
tcp6 = socket.create_server(("::1", 5002), family=socket.AF_INET6)
udp4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp4.bind(("127.0.0.1", 5003))
udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); udp6.bind(("::1", 5004))
client = socket.create_connection(("127.0.0.1", 5001))
peer, _ = tcp4.accept()
print("ready", flush=True)
sys.stdin.read()
"""


@case
def route_numeric(kernel):
    lines = kernel.run("route", "-n").splitlines()
    if lines[:1] != ["Kernel IP routing table"] or lines[1].split()[:3] != ["Destination", "Gateway", "Genmask"]:
        raise Failure("\n".join(lines))


@case
def arp_numeric(kernel):
    text = kernel.run("arp", "-n")
    if text and not text.startswith("Address"):
        raise Failure(text)


def socket_rows(text):
    """(protocol, local address, foreign address, state) of netstat's internet sockets."""
    pattern = re.compile(r"^(tcp6?|udp6?|raw6?) +\d+ +\d+ (\S+) +(\S+) *(\S*) *$", re.MULTILINE)
    return set(pattern.findall(text))


@case
def netstat_sockets(kernel):
    server = kernel.start("/usr/bin/python3", "-c", SERVER).wait_for(b"ready", where="out")
    rows = socket_rows(kernel.run("netstat", "-an"))
    wanted = {("tcp", "127.0.0.1:5001", "0.0.0.0:*", "LISTEN"), ("tcp6", "::1:5002", ":::*", "LISTEN"),
              ("udp", "127.0.0.1:5003", "0.0.0.0:*", ""), ("udp6", "::1:5004", ":::*", "")}
    if not wanted <= rows:
        raise Failure(f"missing: {wanted - rows}\nfound: {rows}")
    connected = [row for row in rows if row[3] == "ESTABLISHED"]
    if len(connected) != 2 or {connected[0][1], connected[0][2]} != {connected[1][1], connected[1][2]}:
        raise Failure(f"not the two ends of one connection: {connected}")
    server.finish().expect(0)


@case
def netstat_forgets_closed_sockets(kernel):
    server = kernel.start("/usr/bin/python3", "-c", SERVER).wait_for(b"ready", where="out")
    server.finish().expect(0)
    listening = [row for row in socket_rows(kernel.run("netstat", "-an")) if row[3] in ("LISTEN", "ESTABLISHED")]
    if listening:
        raise Failure(f"sockets of a program that has ended: {listening}")


@case
def netstat_interfaces(kernel):
    require(kernel.run("netstat", "-i"), "Kernel Interface table", kernel.interface)
