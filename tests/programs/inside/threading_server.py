"""socketserver's threading server with ten clients at once."""

import socket
import socketserver
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


def ask(address, number):
    with socket.create_connection(address) as client, client.makefile("rw") as stream:
        for turn in range(10):
            stream.write(f"client {number} turn {turn}\n")
            stream.flush()
            answer = stream.readline()
            if answer != f"CLIENT {number} TURN {turn}\n":
                failures.append(answer)


failures = []
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
    threading.Thread(target=server.serve_forever).start()
    clients = [threading.Thread(target=ask, args=(server.server_address, number)) for number in range(10)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.shutdown()
assert not failures, failures
print("ok")
