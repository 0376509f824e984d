"""What NetBSD's bpf sees, read by tcpdump."""

import os
import pathlib
import subprocess

from case import case
from network import ONE, OTHER, pair, ping
from program import Failure

CAPTURE = pathlib.Path(__file__).parent / "inside" / "bpf_capture.py"


def tcpdump(file):
    return subprocess.run(["tcpdump", "-n", "-r", file], check=True, capture_output=True, text=True).stdout


@case(transports=[None])
def bpf_into_pcap(bin_directory):
    with pair(bin_directory) as (one, other):
        file = one.directory / "capture.pcap"
        library = bin_directory.parent / "lib" / "librumpclient.so.0"
        capture = one.start_on_host("/usr/bin/python3", CAPTURE, library, "shmif0", "8", file,
                                    env={**os.environ, "RUMP_SERVER": one.url})
        capture.wait_for(b"capturing", where="out")
        ping(other, ONE)
        ping(one, OTHER)
        capture.finish().expect(0)
        text = tcpdump(file)
        for wanted in (f"{OTHER} > {ONE}: ICMP echo request", f"{ONE} > {OTHER}: ICMP echo reply"):
            if text.count(wanted) < 2:
                raise Failure(text)
