"""The host's kernel in the place of ours: what a test expects should be true of the original first."""

import pathlib
import shutil
import tempfile

from namespace import Namespace
from program import Program


class Host:
    """Programs in a network namespace of their own, with the interface of server.Server."""

    interface = "lo"
    transport = "host"

    def __init__(self):
        self._namespace = Namespace()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="farcall-test-"))
        self.programs = []

    def __enter__(self):
        self._namespace.__enter__()
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.kill()
        self._namespace.__exit__()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        return ""

    def start(self, *argv, **settings):
        program = Program([*self._namespace.prefix, *argv], **settings)
        self.programs.append(program)
        return program

    def run(self, *argv, status=0, data=b"", timeout=60, **settings):
        program = self.start(*argv, **settings)
        if data:
            program.send(data)
        return program.finish(timeout=timeout).expect(status).out.decode(errors="backslashreplace")
