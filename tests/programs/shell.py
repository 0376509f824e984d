"""sh and bash: pipes, redirections and background jobs on descriptors of the kernel's."""

import pathlib

from case import case
from netcat import start_listener
from program import Failure

WITH_SOCKETS = pathlib.Path(__file__).resolve().parent / "with_sockets.py"


def shell_with_sockets(kernel, command, *words):
    """What `sh -c command` writes to descriptor 4, with a socket at 3 from which it reads `words`, a line each."""
    return kernel.run("/usr/bin/python3", WITH_SOCKETS, command, *words)


def expect(found, wanted):
    if found != wanted:
        raise Failure(f"found {found!r}, not {wanted!r}")


@case
def sh_pipe(kernel):
    expect(shell_with_sockets(kernel, "cat <&3 | tr a-z A-Z >&4", "one", "two"), "ONE\nTWO\n")


@case
def sh_background_jobs(kernel):
    command = "(sed s/^/first:/ <&3 >&4) & first=$!; wait $first; echo second >&4 & wait; echo last >&4"
    expect(shell_with_sockets(kernel, command, "line"), "first:line\nsecond\nlast\n")


@case
def sh_read_lines(kernel):
    command = "while read -r line <&3; do echo \"[$line]\" >&4; done"
    expect(shell_with_sockets(kernel, command, "a", "b c"), "[a]\n[b c]\n")


@case
def sh_redirections(kernel):
    command = "exec 5<&3 3<&- 6>&4 4>&-; sort <&5 >&6; { echo done; ls /nonexistent; } >&6 2>/dev/null; true"
    expect(shell_with_sockets(kernel, command, "pear", "apple"), "apple\npear\ndone\n")


@case
def sh_here_document(kernel):
    command = "cat - <<END >&4\nhere\nEND\ncat <&3 >&4"
    expect(shell_with_sockets(kernel, command, "there"), "here\nthere\n")


@case
def sh_command_substitution(kernel):
    expect(shell_with_sockets(kernel, "text=$(cat <&3); echo \"<$text>\" >&4", "inner"), "<inner>\n")


@case
def sh_exit_status(kernel):
    kernel.run("sh", "-c", "exit 7", status=7)
    kernel.run("sh", "-c", "kill -TERM $$", status=-15)


@case
def sh_cleaned_environment(kernel):
    """Dovecot gives its children an environment of their own; who wants to leave says so."""
    expect(shell_with_sockets(kernel, "env -i /bin/cat <&3 >&4", "line"), "line\n")
    expect(kernel.run("env", "-i", "/bin/sh", "-c", "env -i /sbin/ifconfig lo0 | grep -o LOOPBACK"), "LOOPBACK\n")
    expect(shell_with_sockets(kernel, "LD_PRELOAD= cat <&3 >&4 2>/dev/null || echo left >&4", "line"), "left\n")


@case
def sh_pipeline_of_netcats(kernel):
    """A whole exchange in one shell: a listening job in the background, a pipeline that feeds it."""
    command = ("nc.openbsd -n -l 127.0.0.1 4002 >received & job=$!; "
               "until netstat -ltn | grep -q :4002; do :; done; "
               "seq 1 1000 | nc.openbsd -n -N 127.0.0.1 4002; wait $job; cat received")
    expect(kernel.run("sh", "-c", command, cwd=kernel.directory), "".join(f"{n}\n" for n in range(1, 1001)))


@case
def bash_dev_tcp(kernel):
    server = start_listener(kernel, "openbsd", "v4")
    client = kernel.start("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/4001; echo hello >&3; cat <&3")
    server.wait_for(b"hello\n", where="out")
    server.send(b"hello yourself\n")
    client.wait_for(b"hello yourself\n", where="out")
