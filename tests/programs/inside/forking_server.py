"""fork: children accept on one inherited listener, and socketserver's forking server."""

import os
import socket
import socketserver
import threading

CHILDREN = 4


def child(listener):
    peer, _ = listener.accept()
    with peer:
        peer.sendall(str(os.getpid()).encode())
    os._exit(0)


listener = socket.create_server(("127.0.0.1", 0))
pids = set()
for _ in range(CHILDREN):
    pid = os.fork()
    if pid == 0:
        child(listener)
    pids.add(pid)
answers = set()
for _ in range(CHILDREN):
    with socket.create_connection(listener.getsockname()) as client:
        answers.add(int(client.recv(100)))
assert answers == pids, (answers, pids)
for pid in pids:
    assert os.waitpid(pid, 0)[1] == 0
listener.close()


class WhoAmI(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(f"{os.getpid()} {self.rfile.readline().decode()}".encode())


with socketserver.ForkingTCPServer(("127.0.0.1", 0), WhoAmI) as server:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for number in range(5):
        with socket.create_connection(server.server_address) as client, client.makefile("rw") as stream:
            stream.write(f"hello {number}\n")
            stream.flush()
            pid, _, rest = stream.readline().partition(" ")
            assert int(pid) != os.getpid() and rest == f"hello {number}\n", (pid, rest)
    server.shutdown()
    thread.join()
print("ok")
