"""Network namespaces that a test makes for itself."""

import os
import subprocess

from case import Skipped


class Namespace:
    """A network namespace with its loopback up. A context manager; the namespace goes with it."""

    def __init__(self):
        self.name = f"farcall-{os.getpid()}-{os.urandom(3).hex()}"

    @property
    def prefix(self):
        """The words that run a command inside."""
        return ["ip", "netns", "exec", self.name]

    def ip(self, *words):
        subprocess.run(["ip", "-n", self.name, *words], check=True, capture_output=True)

    def __enter__(self):
        made = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True)
        if made.returncode:
            raise Skipped(f"no network namespaces here: {made.stderr.strip()}")
        self.ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], check=True, capture_output=True)
