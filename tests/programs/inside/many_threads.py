"""Sixteen threads, each with connections of its own, at the same time."""

import os
import socket
import threading

THREADS = 16
CONNECTIONS = 10

failures = []


def serve(listener):
    for _ in range(CONNECTIONS):
        peer, _ = listener.accept()
        with peer:
            while data := peer.recv(4096):
                peer.sendall(data)


def exchange(address):
    for _ in range(CONNECTIONS):
        with socket.create_connection(address) as client:
            data = os.urandom(3000)
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while part := client.recv(4096):
                answer += part
            if answer != data:
                failures.append((len(data), len(answer)))


threads = []
for _ in range(THREADS):
    listener = socket.create_server(("127.0.0.1", 0))
    threads.append(threading.Thread(target=serve, args=(listener,)))
    threads.append(threading.Thread(target=exchange, args=(listener.getsockname(),)))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures
print("ok")
