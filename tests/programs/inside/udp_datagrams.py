"""Datagrams keep their bounds and their senders, v4 and v6; connected ones as well."""

import socket


def exchange(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as server, socket.socket(family, socket.SOCK_DGRAM) as client:
        server.bind((address, 0))
        client.bind((address, 0))
        for size in (0, 1, 100, 1400, 8000):
            client.sendto(b"x" * size, server.getsockname())
            data, sender = server.recvfrom(65536)
            assert data == b"x" * size, (size, len(data))
            assert sender[:2] == client.getsockname()[:2], (sender, client.getsockname())
        client.connect(server.getsockname())
        client.send(b"connected")
        data, _, flags, _ = server.recvmsg(4)
        assert data == b"conn" and flags & socket.MSG_TRUNC, (data, flags)
        server.sendto(b"answer", client.getsockname())
        assert client.recv(100) == b"answer"


exchange(socket.AF_INET, "127.0.0.1")
exchange(socket.AF_INET6, "::1")
print("ok")
