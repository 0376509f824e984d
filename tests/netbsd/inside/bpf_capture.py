"""Captures frames with NetBSD's bpf(4), as a client of a kernel: bpf_capture.py LIBRUMPCLIENT INTERFACE COUNT OUTPUT

The kernel is that of RUMP_SERVER. Says "capturing" when it does, ends after COUNT frames and leaves them in OUTPUT, a
pcap file.
"""

import ctypes
import struct
import sys

SYS_READ, SYS_OPEN, SYS_IOCTL = 3, 5, 54
O_RDWR = 2
IFREQ_SIZE = 144


def ioctl_number(direction, size, number):
    """As _IOR and the like of NetBSD make it, in the group 'B'."""
    return direction | size << 16 | ord("B") << 8 | number


BIOCGBLEN = ioctl_number(0x40000000, 4, 102)
BIOCSETIF = ioctl_number(0x80000000, IFREQ_SIZE, 108)
BIOCIMMEDIATE = ioctl_number(0x80000000, 4, 112)
FRAME_HEADER = struct.Struct("<qqIIH")  # seconds, microseconds, captured, length, the header's own length
PCAP_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


class Kernel:
    """NetBSD system calls to the kernel of RUMP_SERVER."""

    def __init__(self, library):
        self._client = ctypes.CDLL(library, use_errno=True)
        if self._client.rumpclient_init() != 0:
            sys.exit("there is no kernel at RUMP_SERVER")

    def call(self, number, *arguments):
        slots = (ctypes.c_uint64 * len(arguments))(
            *(ctypes.addressof(word) if isinstance(word, ctypes.Array) else word for word in arguments))
        results = (ctypes.c_int64 * 2)()
        error = self._client.rumpclient_syscall(number, slots, ctypes.c_size_t(ctypes.sizeof(slots)), results)
        if error:
            sys.exit(f"system call {number}: NetBSD error {error}")
        return results[0]


def frames(data):
    """(seconds, microseconds, length, bytes) of each frame in what a read of bpf gives."""
    at = 0
    while at < len(data):
        seconds, microseconds, captured, length, header = FRAME_HEADER.unpack_from(data, at)
        yield seconds, microseconds, length, data[at + header:at + header + captured]
        at += (header + captured + 7) // 8 * 8


def main():
    library, interface, count, output = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3]), sys.argv[4]
    kernel = Kernel(library)
    bpf = kernel.call(SYS_OPEN, ctypes.create_string_buffer(b"/dev/bpf"), O_RDWR, 0)
    number = ctypes.create_string_buffer(4)
    kernel.call(SYS_IOCTL, bpf, BIOCGBLEN, number)
    buffer = ctypes.create_string_buffer(struct.unpack("<I", number.raw)[0])
    kernel.call(SYS_IOCTL, bpf, BIOCSETIF, ctypes.create_string_buffer(interface, IFREQ_SIZE))
    kernel.call(SYS_IOCTL, bpf, BIOCIMMEDIATE, ctypes.create_string_buffer(struct.pack("<I", 1), 4))
    print("capturing", flush=True)
    with open(output, "wb") as file:
        file.write(PCAP_HEADER)
        while count > 0:
            size = kernel.call(SYS_READ, bpf, buffer, len(buffer))
            for seconds, microseconds, length, frame in frames(buffer.raw[:size]):
                file.write(struct.pack("<IIII", seconds, microseconds, len(frame), length) + frame)
                count -= 1


if __name__ == "__main__":
    main()
