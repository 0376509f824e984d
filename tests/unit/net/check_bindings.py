#!/usr/bin/env python3
"""Checks that liblwip, loaded by dlopen(3) as the server does it, calls the kernel's functions instead of its own
wherever the kernel defines one of the same name.

Usage: check_bindings.py PATH/libfarcall-kernel.so
"""

import os
import re
import subprocess
import sys


def defined(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in listing.stdout.splitlines()}


def lwip_of(kernel):
    listing = subprocess.run(["ldd", kernel], capture_output=True, text=True, check=True)
    return re.search(r"liblwip\S* => (\S+)", listing.stdout).group(1)


def bindings(kernel):
    """(symbol, from, to) for each reference that the dynamic linker resolved."""
    load = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_NOW | os.RTLD_GLOBAL)"
    run = subprocess.run(
        [sys.executable, "-c", load, kernel],
        env={**os.environ, "LD_DEBUG": "bindings"},
        capture_output=True,
        text=True,
        check=True,
    )
    pattern = r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: normal symbol `(\w+)'"
    return [(symbol, source, target) for source, target, symbol in re.findall(pattern, run.stderr)]


def main():
    kernel = sys.argv[1]
    replaced = defined(kernel) & defined(lwip_of(kernel))
    checked = set()
    for symbol, source, target in bindings(kernel):
        if "liblwip" not in source or symbol not in replaced:
            continue
        if "libfarcall-kernel" not in target:
            sys.exit(f"{symbol}: liblwip calls the one in {target}")
        checked.add(symbol)
    memory = ("mem_malloc", "mem_free")
    packets = ("netif_loop_output", "lwip_standard_chksum", "ip4_route", "ip6_route", "tcp_next_iss")
    for symbol in ("sys_now", *memory, *packets):
        if symbol not in checked:
            sys.exit(f"{symbol}: liblwip does not call the kernel's")


main()
