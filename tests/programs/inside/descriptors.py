"""Socket descriptors are descriptors like all others: numbers, dup, dup2, fcntl, os.read and os.write."""

import fcntl
import os
import socket

first = os.open(os.devnull, os.O_RDONLY)
os.close(first)
sock = socket.socket()
assert sock.fileno() == first, "not the lowest free number"

with socket.create_server(("127.0.0.1", 0)) as listener:
    sock.connect(listener.getsockname())
    peer, _ = listener.accept()

    os.dup2(sock.fileno(), 77)
    copy = os.dup(sock.fileno())
    sock.close()
    assert os.write(77, b"through dup2 ") == 13
    assert os.write(copy, b"through dup") == 11
    os.close(77)
    os.close(copy)
    data = b""
    while part := peer.recv(100):
        data += part
    assert data == b"through dup2 through dup", data

    flags = fcntl.fcntl(peer, fcntl.F_GETFL)
    assert flags & os.O_ACCMODE == os.O_RDWR and not flags & os.O_NONBLOCK, oct(flags)
    fcntl.fcntl(peer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    assert fcntl.fcntl(peer, fcntl.F_GETFL) & os.O_NONBLOCK
    assert fcntl.fcntl(peer, fcntl.F_GETFD) == fcntl.FD_CLOEXEC
    high = fcntl.fcntl(peer, fcntl.F_DUPFD_CLOEXEC, 200)
    assert high >= 200 and not os.get_inheritable(high)
    assert os.path.exists(f"/proc/self/fd/{high}")
    os.close(high)
    try:
        os.write(high, b"x")
        raise AssertionError("wrote to a closed descriptor")
    except OSError as error:
        assert error.errno == 9, error
print("ok")
