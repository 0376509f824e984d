"""A stream through programs that lose what comes too fast, as the two ends of UDP do."""

import hashlib
import os
import selectors

from program import Failure


class PacedTransfer:
    """Bytes on their way from one program's standard input to another's standard output.

    No more than `window` of them are between the two at any time.
    """

    def __init__(self, source, sink, *, window):
        self.programs = source, sink
        self.stdin, self.stdout = source.process.stdin.fileno(), sink.process.stdout.fileno()
        self.window = window
        self.sent, self.received = hashlib.sha256(), hashlib.sha256()
        self.written = self.arrived = 0

    def run(self, pieces, *, timeout=60):
        """Fails when nothing moves for `timeout` seconds, or when what arrives is not what was sent."""
        os.set_blocking(self.stdin, False)
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdout, selectors.EVENT_READ)
            for piece in pieces:
                self._send(piece, selector, timeout)
            while self.arrived < self.written:
                self._receive(selector.select(timeout))
        if self.sent.digest() != self.received.digest():
            raise Failure(f"{self.written} bytes sent, {self.arrived} received, not the same")

    def _send(self, piece, selector, timeout):
        self.sent.update(piece)
        while self.written + len(piece) - self.arrived > self.window:
            self._receive(selector.select(timeout))
        selector.register(self.stdin, selectors.EVENT_WRITE)
        while piece:
            ready = selector.select(timeout)
            if any(key.fd == self.stdin for key, _ in ready):
                count = os.write(self.stdin, piece)
                piece = piece[count:]
                self.written += count
            else:
                self._receive(ready)
        selector.unregister(self.stdin)

    def _receive(self, ready):
        data = os.read(self.stdout, 1 << 17) if ready else b""
        if not data:
            raise Failure("\n".join([*(program.describe() for program in self.programs),
                                     f"{self.arrived} of {self.written} bytes arrived"]))
        self.received.update(data)
        self.arrived += len(data)
