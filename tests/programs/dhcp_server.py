"""A DHCP server on tap0 that gives one address for ARGV[1] seconds, and to whom asks for more says nothing.

On the host's side. It prints a line for each question: its type, and the address that the client has.
"""

import socket
import struct
import sys

SERVER, ADDRESS, MASK = "10.77.0.1", "10.77.0.100", "255.255.255.0"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
COOKIE = b"\x63\x82\x53\x63"
FIXED = 240


def answer(question, kind, seconds):
    fixed = bytearray(question[:FIXED])
    fixed[0] = 2
    fixed[16:20] = socket.inet_aton(ADDRESS)
    options = [(53, bytes([kind])), (54, socket.inet_aton(SERVER)), (1, socket.inet_aton(MASK)),
               (3, socket.inet_aton(SERVER)), (51, struct.pack("!I", seconds))]
    return bytes(fixed) + b"".join(bytes([code, len(value)]) + value for code, value in options) + b"\xff"


def type_of(message):
    assert message[FIXED - 4:FIXED] == COOKIE and message[FIXED:FIXED + 2] == b"\x35\x01"
    return message[FIXED + 2]


def main(seconds):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tap0")
    server.bind(("0.0.0.0", 67))
    print("ready", flush=True)
    given = False
    while True:
        question = server.recv(2048)
        kind, held = type_of(question), socket.inet_ntoa(question[12:16])
        print({DISCOVER: "discover", REQUEST: "request"}[kind], held, flush=True)
        if not given:
            given = kind == REQUEST
            reply = answer(question, OFFER if kind == DISCOVER else ACK, seconds)
            server.sendto(reply, ("255.255.255.255", 68))


if __name__ == "__main__":
    main(int(sys.argv[1]))
