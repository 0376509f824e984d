"""Programs with the kernel in their own process: `farcall run --local`."""

import os
import pathlib

from case import case, case_for
from program import Failure, Program
from server import Server

INSIDE = pathlib.Path(__file__).resolve().parent / "inside"
FORKING = {"forking_server", "passed_sockets", "subprocess_sockets"}
NAMES = sorted({path.stem for path in INSIDE.glob("*.py")} - FORKING)


def run(bin_directory, *argv, status=0):
    program = Program([bin_directory / "farcall", "run", "--local", "--kernel", Server.kernel, "--", *argv])
    try:
        return program.finish(timeout=100).expect(status)
    finally:
        program.kill()


def expect(text, output, program):
    if text not in output.decode():
        raise Failure(f"no {text!r}\n{program.describe()}")


@case(transports=(None,))
def local_ifconfig(bin_directory):
    program = run(bin_directory, "ifconfig", "lo0")
    expect("inet 127.0.0.1  netmask 255.0.0.0", program.out, program)
    run(bin_directory, "ifconfig", "lo0:1", "10.7.0.1", "netmask", "255.255.255.0")
    program = run(bin_directory, "ifconfig", "-a")
    if b"10.7.0.1" in program.out:
        raise Failure(f"two programs share a kernel\n{program.describe()}")


@case(transports=(None,))
def local_netcat_finds_nobody(bin_directory):
    program = run(bin_directory, "nc.openbsd", "-v", "-N", "127.0.0.1", "4000", status=1)
    expect("Connection refused", program.err, program)


@case_for(NAMES, transports=(None,))
def local_python(bin_directory, name):
    program = run(bin_directory, "/usr/bin/python3", INSIDE / f"{name}.py")
    if program.out != b"ok\n":
        raise Failure(program.describe())


STATEMENTS = {"fork": "os.fork()", "subprocess": "subprocess.run(['true'])", "system": "check(os.system('true'))",
              "posix_spawn": "os.posix_spawn('/bin/true', ['true'], os.environ)"}


@case_for(STATEMENTS, transports=(None,))
def local_program_cannot(bin_directory, what):
    script = f"""
import os, subprocess
def check(status):
    if status != 0: raise OSError(38, os.strerror(38))
try:
    {STATEMENTS[what]}
except OSError as error:
    print(error.strerror)
"""
    program = run(bin_directory, "/usr/bin/python3", "-c", script)
    expect("Function not implemented", program.out, program)
    expect("cannot fork or start another", program.err, program)


@case(transports=(None,))
def local_and_a_server_exclude_each_other(bin_directory):
    program = Program([bin_directory / "farcall", "run", "--local", "--server", "unix:///nowhere", "--", "true"])
    try:
        program.finish().expect(2)
    finally:
        program.kill()


@case(transports=(None,))
def local_buffers_are_copied(bin_directory):
    """Such a kernel is alone, so there is nobody to talk to: the example gets as far as the refusal."""
    if Server.kernel != "builtin":
        return
    libraries = bin_directory.parent / "lib"
    url = f"local://{libraries}/librumpuser.so.0:{libraries}/libfarcall-kernel.so"
    program = Program([bin_directory.parent / "examples" / "transfer", "send", "127.0.0.1", "4000"],
                      env={**os.environ, "RUMP_SERVER": url})
    try:
        program.finish(timeout=60).expect(1)
    finally:
        program.kill()
    expect("connect: NetBSD error 61", program.err, program)
