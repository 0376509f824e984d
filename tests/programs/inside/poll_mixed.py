"""poll on sockets and on a pipe of the host's together; hang-up, error and closed descriptors."""

import os
import select
import socket
import threading

read_end, write_end = os.pipe()
listener = socket.create_server(("127.0.0.1", 0))
poll = select.poll()
poll.register(listener, select.POLLIN)
poll.register(read_end, select.POLLIN)
assert poll.poll(0) == []
assert poll.poll(50) == []

# The host's descriptor wakes a poll that already sleeps, and so does the kernel's.
threading.Timer(0.05, os.write, (write_end, b"x")).start()
assert poll.poll(10_000) == [(read_end, select.POLLIN)]
os.read(read_end, 1)
client = socket.socket()
threading.Timer(0.05, client.connect, (listener.getsockname(),)).start()
assert poll.poll(10_000) == [(listener.fileno(), select.POLLIN)]

peer, _ = listener.accept()
poll.register(peer, select.POLLIN | select.POLLOUT)
assert poll.poll(10_000) == [(peer.fileno(), select.POLLOUT)]
client.shutdown(socket.SHUT_RDWR)
client.close()
poll.modify(peer, select.POLLIN)
(fd, events), = poll.poll(10_000)
assert fd == peer.fileno() and events & select.POLLIN and peer.recv(1) == b""

closed = peer.fileno()
peer.close()
assert poll.poll(10_000) == [(closed, select.POLLNVAL)]
print("ok")
