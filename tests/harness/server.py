"""A `farcall serve` of the test's own."""

import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile

from case import NoKernel
from program import Failure, Program

START_SECONDS = 20
ANY_PORT = {"unix": "unix://{directory}/kernel.sock", "tcp": "tcp://127.0.0.1:0/", "tcp6": "tcp6://[::1]:0/"}


class Server:
    """A kernel in a process, and programs in front of it. A context manager; everything ends with it.

    transport: unix, tcp or tcp6; unix-stream is unix without channels and direct memory. options: further options of
    `farcall serve`. prefix: words before every command, such as `ip netns exec NAME`. kernel: another one than that of
    the run. start_seconds: how long it may take to be ready.
    """

    interface = "lo0"
    kernel = "builtin"  # of all servers of a run

    @classmethod
    def host_kernel(cls, name, bin_directory):
        """From now on all servers host the kernel `name`; NoKernel when it is not installed."""
        cls.kernel = name
        if name != "builtin":
            cls._components(bin_directory)

    @classmethod
    def _components(cls, bin_directory):
        listing = subprocess.run([pathlib.Path(bin_directory) / "farcall", "serve", "--kernel", cls.kernel,
                                  "--list-components"], capture_output=True, text=True)
        if listing.returncode:
            raise NoKernel(listing.stderr.strip())
        return listing.stdout.split()

    @classmethod
    def need_component(cls, bin_directory, name):
        """NoKernel when the kernel of the run is installed without that component."""
        if name not in cls._components(bin_directory):
            raise NoKernel(f"the component {name} is not installed")

    def __init__(self, bin_directory, transport, options=(), prefix=(), *, kernel=None, start_seconds=START_SECONDS):
        if kernel:
            self.kernel = kernel
        self.start_seconds = start_seconds
        self.transport = transport
        self.prefix = list(prefix)
        self.farcall = pathlib.Path(bin_directory) / "farcall"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="farcall-test-"))
        self.listen_url = ANY_PORT[transport.removesuffix("-stream")].format(directory=self.directory)
        self.options = list(options)
        self.programs = []
        self.process = None
        self.url = None
        self._log = self.directory / "server.log"

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        read_end, write_end = os.pipe()
        argv = [*self.prefix, self.farcall, "serve", "--kernel", self.kernel, "--foreground",
                "--listen", self.listen_url, "--ready-fd", str(write_end), *self.options]
        if not self.listen_url.startswith("unix:"):
            argv.append("--insecure")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, pass_fds=[write_end], start_new_session=True)
        os.close(write_end)
        with os.fdopen(read_end) as ready:
            if not select.select([ready], [], [], self.start_seconds)[0]:
                raise Failure(f"the server was not ready after {self.start_seconds} s\n{self.log()}")
            self.url = ready.readline().strip()
        if not self.url:
            raise Failure(f"the server ended with {self.process.wait(5)} before it was ready\n{self.log()}")

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self._log.read_text(errors="backslashreplace") if self._log.exists() else ""

    def command(self, *argv):
        """The words that run a program in front of this kernel."""
        setting = ["env", "FARCALL_FEATURES=none"] if self.transport == "unix-stream" else []
        return [*self.prefix, *setting, self.farcall, "run", "--server", self.url, "--", *argv]

    def start(self, *argv, **settings):
        """Starts a program in front of this kernel."""
        program = Program(self.command(*argv), **settings)
        self.programs.append(program)
        return program

    def run(self, *argv, status=0, data=b"", timeout=60, **settings):
        """Runs a program to its end, expects `status`, returns its standard output as text."""
        program = self.start(*argv, **settings)
        if data:
            program.send(data)
        return program.finish(timeout=timeout).expect(status).out.decode(errors="backslashreplace")

    def start_on_host(self, *argv, **settings):
        """Starts a program without a kernel of ours, in the network where the server runs."""
        program = Program([*self.prefix, *argv], **settings)
        self.programs.append(program)
        return program

    def run_on_host(self, *argv, status=0, timeout=60):
        """As run, for start_on_host."""
        return self.start_on_host(*argv).finish(timeout=timeout).expect(status).out.decode(errors="backslashreplace")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def alive(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM, *, timeout=60):
        """Sends the signal; returns the server's exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout)

    def restart(self):
        """Another kernel at the same URL."""
        self.listen_url = self.url
        self.stop()
        self._start()

    def close(self):
        for program in self.programs:
            program.kill()
        if self.process and self.alive():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)
