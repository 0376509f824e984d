"""Non-blocking connect, accept and receive, and their errors."""

import errno
import select
import socket


def refused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def connect(address):
    sock = socket.socket()
    sock.setblocking(False)
    error = sock.connect_ex(address)
    if error == errno.EINPROGRESS:
        assert select.select([], [sock], [], 10)[1] == [sock]
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return sock, error


with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.setblocking(False)
    try:
        listener.accept()
        raise AssertionError("accept found a connection")
    except BlockingIOError:
        pass
    client, error = connect(listener.getsockname())
    assert error == 0, errno.errorcode[error]
    assert select.select([listener], [], [], 10)[0] == [listener]
    peer, _ = listener.accept()
    try:
        client.recv(1)
        raise AssertionError("recv found data")
    except BlockingIOError:
        pass
    # The kernel takes what its buffers hold, then says so.
    sent = 0
    try:
        while True:
            sent += client.send(b"x" * 65536)
    except BlockingIOError:
        pass
    received = 0
    peer.setblocking(True)
    client.shutdown(socket.SHUT_WR)
    while data := peer.recv(65536):
        received += len(data)
    assert sent == received > 0, (sent, received)
    client.close()
    peer.close()

client, error = connect(("127.0.0.1", refused_port()))
assert error == errno.ECONNREFUSED, errno.errorcode.get(error, error)
client.close()

with socket.socket() as slow, socket.create_server(("127.0.0.1", 0)) as listener:
    slow.connect(listener.getsockname())
    slow.settimeout(0.05)
    try:
        slow.recv(1)
        raise AssertionError("recv found data")
    except TimeoutError:
        pass
print("ok")
