"""Frames that no honest client sends: that client is dropped or gets an error, and nothing else changes."""

import random
import struct

from case import case, case_for
from program import Failure
import wire
from wire import Closed, Connection


EFAULT = 14


def packed(length, number, frame_class, frame_type, detail):
    return wire.HEADER.pack(length, number, frame_class, frame_type, detail)


MALFORMED = {
    "length_zero": packed(0, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID),
    "length_below_header": packed(23, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID),
    "length_huge": packed((1 << 64) - 1, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID),
    "length_gigabytes": packed(8 << 30, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID),
    "unknown_class": packed(24, 1, 77, wire.SYSCALL, wire.SYS_GETPID),
    "unknown_type": packed(24, 1, wire.REQUEST, 9999, 0),
    "server_only_type": packed(24, 1, wire.REQUEST, wire.COPYIN, 0),
    "odd_arguments": packed(29, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_CLOSE) + b"12345",
    "too_many_arguments": packed(24 + 800, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_CLOSE) + b"\0" * 800,
    "second_guest": packed(29, 1, wire.REQUEST, wire.HANDSHAKE, wire.GUEST) + b"test\0",
    "unknown_cookie": packed(44, 1, wire.REQUEST, wire.HANDSHAKE, wire.FORK) + b"\0" * 20,
    "a_banner": b"RUMPSP-0.5-NetBSD-11.0/amd64\n",  # it is the server that has one
    "a_request_of_http": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "short_cookie": packed(30, 1, wire.REQUEST, wire.HANDSHAKE, wire.FORK) + b"\0" * 6,
}


def expect_served(kernel):
    """Another client is served as ever."""
    with Connection(kernel.url) as other:
        if other.pid() <= 0 or not kernel.alive():
            raise Failure("the server does not serve any more")


@case_for(sorted(MALFORMED))
def malformed(kernel, name):
    bystander = Connection(kernel.url)
    with Connection(kernel.url) as bad:
        bad.sock.sendall(MALFORMED[name])
        try:
            frame_class, *_ = bad.receive_frame()
            if frame_class != wire.ERROR and name != "odd_arguments":
                raise Failure(f"answered with class {frame_class}")
        except Closed:
            pass
    bystander.pid()
    expect_served(kernel)


@case_for(sorted(MALFORMED))
def malformed_before_handshake(kernel, name):
    with Connection(kernel.url, guest=False) as bad:
        bad.sock.sendall(MALFORMED[name])
        if name == "second_guest":  # the first one here
            assert bad.receive_frame()[0] == wire.RESPONSE
            return
        try:
            frame_class, *_ = bad.receive_frame()
            if frame_class != wire.ERROR:
                raise Failure(f"answered with class {frame_class}")
        except Closed:
            pass
    expect_served(kernel)


@case_for([-1, -(1 << 31), (1 << 31) - 1, 999, 511, 512, 0])
def syscall_number(kernel, number):
    """Numbers that stand for no call, negative ones among them: ENOSYS, and the connection is as good as before."""
    with Connection(kernel.url) as client:
        error, _, _ = client.syscall(number, *([0] * 8))
        # 0 is the indirect call, whose own number, the first argument, is 0 here.
        if error != wire.ENOSYS:
            raise Failure(f"error {error} for the call {number}")
        client.pid()


@case(transports=("unix",))
def unknown_call_is_logged_once(kernel):
    """A call that the built-in kernel does not have: ENOSYS each time, and one line with its name."""
    if kernel.kernel != "builtin":
        return
    for _ in range(2):
        with Connection(kernel.url) as client:
            for _ in range(2):
                error, _, _ = client.syscall(wire.SYS_MOUNT, *([0] * 4))
                if error != wire.ENOSYS:
                    raise Failure(f"error {error}")
    if kernel.log().count(f"system call mount50 ({wire.SYS_MOUNT}) is not in this kernel") != 1:
        raise Failure(kernel.log())


@case
def truncated_frames(kernel):
    """Clients that go in the middle of a frame."""
    frame = packed(32, 1, wire.REQUEST, wire.SYSCALL, wire.SYS_CLOSE) + struct.pack("<Q", 3)
    for length in range(len(frame)):
        with Connection(kernel.url) as client:
            client.sock.sendall(frame[:length])
    expect_served(kernel)


@case
def one_byte_at_a_time(kernel):
    frame = packed(24, 5, wire.REQUEST, wire.SYSCALL, wire.SYS_GETPID)
    with Connection(kernel.url) as client:
        for byte in frame:
            client.sock.sendall(bytes([byte]))
        error, pid, _ = client.receive_result()
        assert error == 0 and pid > 0, (error, pid)


@case
def random_bytes(kernel):
    """The same five hundred each time."""
    numbers = random.Random(20)
    for _ in range(500):
        with Connection(kernel.url, guest=numbers.random() < 0.5) as client:
            data = numbers.randbytes(numbers.randrange(1, 200))
            if numbers.random() < 0.5:  # a plausible start
                data = packed(24 + len(data), 1, wire.REQUEST, numbers.randrange(10), numbers.randrange(600)) + data
            try:
                client.sock.sendall(data)
            except OSError:
                pass
    expect_served(kernel)


@case_for(["short", "long", "error", "wrong_number"])
def copyin_answers(kernel, kind):
    """A write asks for memory; the answer is not what was asked for."""
    with Connection(kernel.url) as client:
        error, _, write_end = client.syscall(wire.SYS_PIPE)
        assert error == 0, error
        client.send_syscall(wire.SYS_WRITE, write_end, 0x1000, 100)
        frame_class, frame_type, _, number, body = client.receive_frame()
        assert (frame_class, frame_type) == (wire.REQUEST, wire.COPYIN), (frame_class, frame_type)
        length, _ = struct.unpack("<QQ", body)
        answer = {"short": (wire.RESPONSE, number, b"x" * (length - 1)),
                  "long": (wire.RESPONSE, number, b"x" * (length + 1)),
                  "error": (wire.ERROR, number, b""),
                  "wrong_number": (wire.RESPONSE, number + 1000, b"x" * length)}[kind]
        client.send_frame(answer[0], wire.COPYIN, 0, answer[2], number=answer[1])
        if kind == "wrong_number":  # as if it had not come
            client.send_frame(wire.ERROR, wire.COPYIN, 0, number=number)
        try:
            error, _, _ = client.receive_result()
            assert error == EFAULT, error
            client.pid()
        except Closed:
            assert kind in ("short", "long"), "dropped, but for no fault"
    expect_served(kernel)


@case
def unasked_answer(kernel):
    """It may have been asked for by a call that has ended meanwhile: nothing happens."""
    with Connection(kernel.url) as client:
        client.send_frame(wire.RESPONSE, wire.COPYIN, 0, b"data")
        client.pid()


@case
def banner_is_sysproxys(kernel):
    with Connection(kernel.url) as client:
        if not client.banner.startswith(b"RUMPSP-0.4-") or len(client.banner) > 96:
            raise Failure(repr(client.banner))
