"""Child processes with deadlines. They die with the test, however it dies."""

import ctypes
import os
import selectors
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Failure(AssertionError):
    """What a test found wrong, with what a reader needs to see why."""


class Program:
    """A running program in a session of its own, with its output as bytes."""

    def __init__(self, argv, *, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=None, cwd=None, pass_fds=()):
        self.argv = [str(word) for word in argv]
        self.process = subprocess.Popen(
            self.argv, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=env, cwd=cwd,
            pass_fds=pass_fds, start_new_session=True, preexec_fn=_die_with_parent)
        self.pid = self.process.pid
        self._seen = {"out": bytearray(), "err": bytearray()}

    @property
    def out(self):
        return bytes(self._seen["out"])

    @property
    def err(self):
        return bytes(self._seen["err"])

    @property
    def status(self):
        return self.process.returncode

    def send(self, data):
        """Writes to standard input; the program must be reading."""
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close_stdin(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def _read(self, enough, timeout):
        """Reads both outputs until enough() or their ends. False when the time is over first."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for name, file in (("out", self.process.stdout), ("err", self.process.stderr)):
                if file and not file.closed:
                    selector.register(file, selectors.EVENT_READ, name)
            while not enough() and selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                for key, _ in selector.select(left):
                    data = os.read(key.fd, 1 << 16)
                    self._seen[key.data] += data
                    if not data:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
        return True

    def wait_for(self, text, *, where="err", times=1, timeout=60):
        """Waits until `text` (bytes) stands in an output ("out" or "err"), so many times."""
        self._read(lambda: self._seen[where].count(text) >= times, timeout)
        self.process.poll()
        if self._seen[where].count(text) < times:
            raise Failure(f"{self.describe()}\nnever wrote {text!r} to {where} {times} times")
        return self

    def finish(self, *, timeout=60):
        """Closes standard input, reads to the end of both outputs and waits for the end of the program."""
        if self.process.stdin:
            self.close_stdin()
        deadline = time.monotonic() + timeout
        if not self._read(lambda: False, timeout):
            raise Failure(f"{self.describe()}\nstill running after {timeout} s")
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{self.describe()}\nclosed its outputs but did not end") from error
        return self

    def expect(self, status=0):
        """Fails unless the program has ended with `status`."""
        if self.status != status:
            raise Failure(f"{self.describe()}\nended with {self.status}, not {status}")
        return self

    def terminate(self, *, timeout=60):
        """SIGTERM, and what became of it."""
        self.process.terminate()
        return self.finish(timeout=timeout)

    def kill(self):
        """Ends the program and what it has started in its session's group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
        for file in (self.process.stdin, self.process.stdout, self.process.stderr):
            if file:
                try:
                    file.close()
                except BrokenPipeError:
                    pass

    def describe(self):
        return "\n".join([f"$ {' '.join(self.argv)}",
                          f"status: {self.status}",
                          f"stdout: {_shown(self.out)}",
                          f"stderr: {_shown(self.err)}"])


def _shown(data, most=4000):
    text = data.decode(errors="backslashreplace")
    return text if len(text) <= most else f"{text[:most]}… ({len(data)} bytes)"


def until(condition, *, timeout=60, what):
    """Polls for what has no event to wait for (another process's entries in /proc), with a bound."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"not within {timeout} s: {what}")
        time.sleep(0.01)
