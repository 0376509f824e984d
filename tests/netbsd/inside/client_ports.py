"""Connects to itself as often as its argument says, closing the server's side first; prints the client's ports."""

import socket
import sys

with socket.create_server(("127.0.0.1", 0)) as listener:
    for _ in range(int(sys.argv[1])):
        with socket.create_connection(listener.getsockname()) as client:
            print(client.getsockname()[1])
            listener.accept()[0].close()
            client.recv(1)
