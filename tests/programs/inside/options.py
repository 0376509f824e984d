"""Socket options by their Linux names and numbers."""

import socket
import struct

with socket.socket() as sock:
    for level, option in ((socket.SOL_SOCKET, socket.SO_REUSEADDR), (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                          (socket.IPPROTO_TCP, socket.TCP_NODELAY)):
        assert sock.getsockopt(level, option) == 0, option
        sock.setsockopt(level, option, 1)
        assert sock.getsockopt(level, option) != 0, option
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
    assert struct.unpack("ii", sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)) == (1, 5)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40000)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= 40000
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_INET
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == socket.IPPROTO_TCP
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 0
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1

with socket.socket(socket.AF_INET6) as sock:
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    sock.bind(("::1", 0))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) != 0
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 9)
    assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 9
    try:
        sock.setsockopt(socket.SOL_SOCKET, 9999, 1)
        raise AssertionError("an option that does not exist was set")
    except OSError as error:
        assert error.errno == 92, error  # ENOPROTOOPT
print("ok")
