"""Handlers run while a call waits: the call goes on, or ends with what the handler raises."""

import signal
import socket


class Interrupted(Exception):
    pass


def interrupt(*_):
    raise Interrupted


runs = []
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
peer, _ = listener.accept()


def count_and_answer(*_):
    runs.append(1)
    if len(runs) == 3:
        signal.setitimer(signal.ITIMER_REAL, 0)
        peer.sendall(b"after three signals")


signal.signal(signal.SIGALRM, count_and_answer)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
assert client.recv(100) == b"after three signals"
assert len(runs) == 3, runs

signal.signal(signal.SIGALRM, interrupt)
for wait in (lambda: client.recv(1), listener.accept):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        wait()
        raise AssertionError("the call ended by itself")
    except Interrupted:
        pass
# The connection is as good as before.
peer.sendall(b"still here")
assert client.recv(100) == b"still here"
print("ok")
