"""Just enough of sysproxy 0.4 to be a client, and a bad one. docs/PROTOCOL.md explains the frames."""

import socket
import struct
import urllib.parse

HEADER = struct.Struct("<QQHHI")  # length, request number, class, type, detail
REQUEST, RESPONSE, ERROR = range(3)
HANDSHAKE, SYSCALL, COPYIN, COPYINSTR, COPYOUT, COPYOUTSTR, ANONMMAP, PREFORK, RAISE, INTERRUPT = range(10)
GUEST, AUTH, FORK, EXEC = range(4)

SYS_READ, SYS_WRITE, SYS_CLOSE, SYS_GETPID, SYS_PIPE, SYS_MOUNT = 3, 4, 6, 20, 42, 410
ENOSYS = 78
SECONDS = 20


class Closed(Exception):
    """The server has closed the connection."""


def open_socket(url):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(SECONDS)
        sock.connect(url.removeprefix("unix://"))
        return sock
    sock = socket.create_connection((parts.hostname, parts.port), SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Connection:
    """A connection that has read the banner. A context manager."""

    def __init__(self, url, *, guest=True):
        self.sock = open_socket(url)
        self.number = 0
        self.banner = b""
        while not self.banner.endswith(b"\n"):
            self.banner += self.receive_exactly(1)
        if guest:
            self.handshake()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send_frame(self, frame_class, frame_type, detail, body=b"", *, number=None, length=None):
        """Sends a frame; `length` overrides what its header says of it."""
        if number is None:
            self.number += 1
            number = self.number
        said = HEADER.size + len(body) if length is None else length
        frame = HEADER.pack(said, number, frame_class, frame_type, detail & 0xFFFFFFFF) + body
        try:
            self.sock.sendall(frame)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive_exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                part = self.sock.recv(size - len(data))
            except ConnectionResetError as error:
                raise Closed from error
            if not part:
                raise Closed
            data += part
        return data

    def receive_frame(self):
        """(class, type, detail, number, body)"""
        length, number, frame_class, frame_type, detail = HEADER.unpack(self.receive_exactly(HEADER.size))
        return frame_class, frame_type, detail, number, self.receive_exactly(length - HEADER.size)

    def handshake(self, name=b"test\0"):
        self.send_frame(REQUEST, HANDSHAKE, GUEST, name)
        frame_class, frame_type, detail, _, body = self.receive_frame()
        assert (frame_class, frame_type) == (RESPONSE, HANDSHAKE), (frame_class, frame_type, detail)
        assert struct.unpack("<i", body[:4]) == (0,), body

    def send_syscall(self, number, *arguments):
        self.send_frame(REQUEST, SYSCALL, number, struct.pack(f"<{len(arguments)}Q", *arguments))

    def receive_result(self):
        """(error, first result, second result) of the next syscall response; anything else is a failure."""
        frame_class, frame_type, detail, _, body = self.receive_frame()
        assert (frame_class, frame_type) == (RESPONSE, SYSCALL), (frame_class, frame_type, detail)
        error, _, first, second = struct.unpack("<iIqq", body)
        return error, first, second

    def syscall(self, number, *arguments):
        self.send_syscall(number, *arguments)
        return self.receive_result()

    def pid(self):
        error, pid, _ = self.syscall(SYS_GETPID)
        assert error == 0, error
        return pid

    def until_closed(self):
        """Reads until the server closes; what came before."""
        data = b""
        try:
            while part := self.sock.recv(65536):
                data += part
        except ConnectionResetError:
            pass
        return data
