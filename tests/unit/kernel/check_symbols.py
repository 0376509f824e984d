#!/usr/bin/env python3
"""Fails unless the kernel asks its surroundings for hypercalls, liblwip and listed pure functions alone.

Usage: check_symbols.py KERNEL.so ALLOWED.txt
"""

import fnmatch
import pathlib
import re
import subprocess
import sys


def symbols(path, which):
    listing = subprocess.run(["nm", "-D", which, str(path)], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in listing.splitlines() if line.strip()}


def liblwip(kernel):
    """The liblwip that the dynamic linker finds for this kernel; None when the kernel does not need it."""
    listing = subprocess.run(["ldd", str(kernel)], check=True, capture_output=True, text=True).stdout
    found = re.search(r"liblwip\S* => (\S+)", listing)
    return found.group(1) if found else None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    kernel = sys.argv[1]
    lines = pathlib.Path(sys.argv[2]).read_text().splitlines()
    patterns = ["rumpuser_*", "rumpcomp_*"] + [line for line in lines if line and not line.startswith("#")]
    library = liblwip(kernel)
    offered = symbols(library, "--defined-only") if library else set()
    bad = [name for name in sorted(symbols(kernel, "--undefined-only") - offered)
           if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    if bad:
        sys.exit("the kernel calls what is neither a hypercall, liblwip nor a listed pure function:\n  " +
                 "\n  ".join(bad))


if __name__ == "__main__":
    main()
