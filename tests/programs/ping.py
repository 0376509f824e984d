"""iputils' ping to the loopback addresses."""

import re

from case import case
from program import Failure


def replies(text):
    found = re.search(r"(\d+) packets transmitted, (\d+) received, 0% packet loss", text)
    if not found:
        raise Failure(text)
    return int(found.group(2))


@case
def ping_v4(kernel):
    text = kernel.run("ping", "-n", "-c", "3", "-i", "0.2", "127.0.0.1")
    if replies(text) != 3 or text.count("64 bytes from 127.0.0.1: icmp_seq=") != 3:
        raise Failure(text)


@case
def ping_v6(kernel):
    text = kernel.run("ping", "-6", "-n", "-c", "3", "-i", "0.2", "::1")
    if replies(text) != 3 or text.count("64 bytes from ::1: icmp_seq=") != 3:
        raise Failure(text)


@case
def ping_large(kernel):
    text = kernel.run("ping", "-n", "-c", "2", "-i", "0.2", "-s", "1400", "127.0.0.1")
    if text.count("1408 bytes from 127.0.0.1") != 2:
        raise Failure(text)


@case
def ping_without_route(kernel):
    program = kernel.start("ping", "-n", "-c", "1", "-W", "1", "192.0.2.1").finish()
    # NetBSD's kernel finds no address of its own to send from.
    if program.status == 0 or not re.search(b"nreachable|No route to host|Cannot assign", program.err):
        raise Failure(program.describe())
