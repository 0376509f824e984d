"""How a function becomes a test."""

import itertools

TRANSPORTS = ("unix", "unix-stream", "tcp")  # what each is: server.py


class Skipped(Exception):
    """The machine lacks what a test needs. Counts as a failure where CI runs."""


class NotInstalled(Skipped):
    """What a user has or has not, and so has CI, is not installed: a program whose package starts a server, say."""


class NoKernel(NotInstalled):
    """The kernel that a test is for is not installed."""


class Case:
    """One test: a function of a kernel (server.Server or host.Host), or of a build tree when it has no transport."""

    def __init__(self, name, transport, function, arguments, server_options):
        self.name = f"{name}[{transport}]" if transport else name
        self.transport = transport
        self.server_options = server_options
        self.function = function
        self.arguments = arguments

    def __call__(self, subject):
        self.function(subject, *self.arguments)


def _register(function, name, arguments, transports, options):
    cases = function.__globals__.setdefault("CASES", [])
    cases += [Case(name, transport, function, arguments, options) for transport in transports]


def case(function=None, *, transports=TRANSPORTS, options=()):
    """The function is a test on each of `transports`, whose server gets `options`.

    The transport None stands for a test that starts what it needs itself; it is given the build tree's bin directory.
    """
    if function is None:
        return lambda decorated: case(decorated, transports=transports, options=options)
    _register(function, function.__name__, (), transports, options)
    return function


def case_for(*axes, transports=TRANSPORTS, options=()):
    """One test for each combination of the axes' members, which the function gets as further arguments."""
    def decorate(function):
        for arguments in itertools.product(*axes):
            words = [function.__name__, *(str(argument) for argument in arguments)]
            _register(function, "_".join(words), arguments, transports, options)
        return function
    return decorate
