"""select on sockets and on a pipe of the host's together."""

import os
import select
import socket

read_end, write_end = os.pipe()
with socket.create_server(("127.0.0.1", 0)) as listener:
    assert select.select([listener, read_end], [], [], 0) == ([], [], [])
    assert select.select([listener, read_end], [], [], 0.05) == ([], [], [])
    os.write(write_end, b"x")
    assert select.select([listener, read_end], [], [], 10)[0] == [read_end]
    client = socket.create_connection(listener.getsockname())
    assert set(select.select([listener, read_end], [], [], 10)[0]) <= {listener, read_end}
    os.read(read_end, 1)
    assert select.select([listener, read_end], [], [], 10)[0] == [listener]
    peer, _ = listener.accept()
    assert select.select([peer], [client, write_end], [], 10) == ([], [client, write_end], [])
    client.sendall(b"data")
    assert select.select([peer, read_end], [], [], 10)[0] == [peer]
    assert peer.recv(10) == b"data"
    client.close()
    assert select.select([peer, read_end], [], [], 10)[0] == [peer]
    assert peer.recv(10) == b""
    peer.close()
print("ok")
