"""A megabyte each way over TCP, v4 and v6, with half-close."""

import os
import socket
import threading

SIZE = 1 << 20


def receive_all(sock):
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def serve(listener):
    peer, _ = listener.accept()
    with peer:
        data = receive_all(peer)
        peer.sendall(data[::-1])


def exchange(family, address):
    with socket.create_server((address, 0), family=family) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        data = os.urandom(SIZE)
        with socket.create_connection(listener.getsockname()[:2]) as client:
            assert client.getpeername()[:2] == listener.getsockname()[:2]
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == data[::-1]
        thread.join()


exchange(socket.AF_INET, "127.0.0.1")
exchange(socket.AF_INET6, "::1")
print("ok")
