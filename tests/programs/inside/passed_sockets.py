"""A parent that accepts, and workers that it hands the connections to, as multiprocessing does it."""

import multiprocessing
import multiprocessing.reduction
import os
import socket

WORKERS = 3
CONNECTIONS = 12


def work(pipe, others):
    for other in others:
        other.close()
    while pipe.recv():
        with socket.socket(fileno=multiprocessing.reduction.recv_handle(pipe)) as peer:
            data = b"".join(iter(lambda: peer.recv(1 << 16), b""))
            peer.sendall(b"%d:" % os.getpid() + data[::-1])


def start_workers(context):
    """Before there is a socket: they can have none by inheritance."""
    workers = []
    for _ in range(WORKERS):
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, [pipe for pipe, _ in workers] + [ours]))
        process.start()
        theirs.close()
        workers.append((ours, process))
    return workers


def hand_out(listener, workers):
    clients = []
    for number in range(CONNECTIONS):
        client = socket.create_connection(listener.getsockname())
        peer, _ = listener.accept()
        pipe, process = workers[number % WORKERS]
        pipe.send(True)
        multiprocessing.reduction.send_handle(pipe, peer.fileno(), process.pid)
        peer.close()
        clients.append((client, process.pid))
    return clients


def check(clients):
    for number, (client, pid) in enumerate(clients):
        data = os.urandom(1000 * number)
        with client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        assert answer == b"%d:" % pid + data[::-1], number


def main():
    workers = start_workers(multiprocessing.get_context("fork"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        check(hand_out(listener, workers))
    for pipe, process in workers:
        pipe.send(False)
        process.join(60)
        assert process.exitcode == 0
    print("ok")


main()
