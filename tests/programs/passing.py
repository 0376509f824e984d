"""Sockets of the kernel's that programs hand to one another over the host's local sockets."""

import os
import shutil

from case import NotInstalled, Skipped, case, case_for
from netcat import digest, make_file
from program import Failure, until

SEND = """
import array, socket, sys
host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
host.bind(sys.argv[1])
host.listen()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
receiver, _ = host.accept()
socket.send_fds(receiver, [b"a listener"], [listener.fileno()])
"""

RECEIVE = """
import socket, sys
host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
host.connect(sys.argv[1])
_, fds, _, _ = socket.recv_fds(host, 100, 1)
while host.recv(1):
    pass
listener = socket.socket(fileno=fds[0])
print("ready", flush=True)
connection, _ = listener.accept()
print(connection.recv(100).decode(), flush=True)
"""


@case
def passing_to_an_unrelated_program(kernel):
    """The sender has ended when the receiver accepts."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    port = sender.out.decode().strip()
    receiver = kernel.start("/usr/bin/python3", "-c", RECEIVE, where).wait_for(b"ready", where="out")
    sender.finish().expect(0)
    kernel.run("nc.openbsd", "-n", "-N", "127.0.0.1", port, data=b"to whom it may concern")
    receiver.finish().expect(0)
    if receiver.out != b"ready\nto whom it may concern\n":
        raise Failure(receiver.describe())


@case
def passing_to_a_program_on_the_host(kernel):
    """Who is in front of no kernel gets a descriptor that is good for nothing, and the sender no harm."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    receiver = kernel.start_on_host("/usr/bin/python3", "-c", RECEIVE, where).finish().expect(1)
    if b"OSError" not in receiver.err:
        raise Failure(receiver.describe())
    sender.finish().expect(0)


@case
def passing_to_another_kernel(kernel):
    """It gets no descriptor."""
    where = kernel.directory / "host.sock"
    sender = kernel.start("/usr/bin/python3", "-c", SEND, where).wait_for(b"\n", where="out")
    with type(kernel)(kernel.farcall.parent, kernel.transport) as other:
        receiver = other.start("/usr/bin/python3", "-c", RECEIVE, where).finish().expect(1)
    if b"IndexError" not in receiver.err:
        raise Failure(receiver.describe())
    sender.finish().expect(0)


VSFTPD = """\
listen=YES
listen_port=2121
background=NO
anonymous_enable=YES
no_anon_password=YES
anon_root={root}
ftp_username=daemon
nopriv_user=daemon
secure_chroot_dir={empty}
allow_writeable_chroot=YES
write_enable=YES
anon_upload_enable=YES
anon_umask=022
isolate=NO
isolate_network=NO
seccomp_sandbox=NO
"""


def start_vsftpd(kernel):
    """Its process with privileges makes each connection for data, and hands it to the one without. Both have changed their
    root by then, and their user."""
    if shutil.which("vsftpd") is None:
        raise NotInstalled("vsftpd is not installed; its package starts a server")
    if os.geteuid() != 0:
        raise Skipped("only root may change the root directory")
    kernel.directory.chmod(0o755)
    root, empty = kernel.directory / "ftp", kernel.directory / "empty"
    for directory in (root, empty, root / "incoming"):
        directory.mkdir(mode=0o755)
    (root / "incoming").chmod(0o777)
    make_file(root / "large.bin", 10 << 20)
    settings = kernel.directory / "vsftpd.conf"
    settings.write_text(VSFTPD.format(root=root, empty=empty))
    server = kernel.start("vsftpd", settings)
    until(lambda: ":2121" in kernel.run("netstat", "-lnt"), what="vsftpd listens")
    return server, root


# Not unix-stream: there is no server's socket to be reached after chroot, and no other way.
@case_for(["passive", "active"], transports=("unix", "tcp"))
def vsftpd(kernel, mode):
    server, root = start_vsftpd(kernel)
    words = ["curl", "-sS", "--max-time", "60"] + (["-P", "-"] if mode == "active" else [])
    copy = kernel.directory / "copy.bin"
    kernel.run(*words, "-o", copy, "ftp://127.0.0.1:2121/large.bin", timeout=90)
    kernel.run(*words, "-T", copy, "ftp://127.0.0.1:2121/incoming/back.bin", timeout=90)
    for each in (copy, root / "incoming" / "back.bin"):
        if digest(each) != digest(root / "large.bin"):
            raise Failure(f"{each.name} is not what was sent\n{server.describe()}")
    if "large.bin" not in kernel.run(*words, "ftp://127.0.0.1:2121/"):
        raise Failure("the listing lacks a file")
