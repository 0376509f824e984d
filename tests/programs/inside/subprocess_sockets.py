"""A subprocess gets sockets: as a passed descriptor, and as its standard input and output."""

import socket
import subprocess
import sys

CHILD = """
import socket, sys
sock = socket.socket(fileno=int(sys.argv[1]))
sock.sendall(b"child got " + sock.recv(100))
"""

with socket.create_server(("127.0.0.1", 0)) as listener:
    client = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    client.sendall(b"a message")
    subprocess.run([sys.executable, "-c", CHILD, str(peer.fileno())], pass_fds=[peer.fileno()], check=True)
    assert client.recv(100) == b"child got a message"

    # Not inheritable unless it is passed.
    lost = subprocess.run([sys.executable, "-c", CHILD, str(peer.fileno())], close_fds=False, capture_output=True)
    assert lost.returncode != 0 and b"Bad file descriptor" in lost.stderr, lost

    client.sendall(b"to be shouted\n")
    client.shutdown(socket.SHUT_WR)
    subprocess.run(["tr", "a-z", "A-Z"], stdin=peer, stdout=peer, check=True)
    peer.close()
    answer = b""
    while part := client.recv(100):
        answer += part
    assert answer == b"TO BE SHOUTED\n", answer
print("ok")
