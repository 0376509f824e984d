"""Runs `sh -c ARGV[1]` with sockets of the kernel's at 3 (to read the other arguments from, a line each) and 4.

Prints what the shell has written to 4.
"""

import os
import socket
import subprocess
import sys


def connection(listener):
    client = socket.create_connection(listener.getsockname())
    return client, listener.accept()[0]


def main(command, *lines):
    # Nothing else may come to stand at 3 and 4.
    os.dup2(sys.stdin.fileno(), 3)
    os.dup2(sys.stdin.fileno(), 4)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source, shell_input = connection(listener)
        sink, shell_output = connection(listener)
    os.dup2(shell_input.fileno(), 3)
    os.dup2(shell_output.fileno(), 4)
    shell_input.close()
    shell_output.close()
    shell = subprocess.Popen(["sh", "-c", command], pass_fds=[3, 4])
    os.close(3)
    os.close(4)
    for line in lines:
        source.sendall(f"{line}\n".encode())
    source.close()
    output = b""
    while part := sink.recv(4096):
        output += part
    sys.stdout.write(output.decode())
    return shell.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
