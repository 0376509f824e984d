"""curl against python3 -m http.server, both in front of the same kernel."""

import os

from case import case
from netcat import digest, make_file
from program import Failure

PORT = "8000"
FILES = {"small.txt": 12, "page.html": 5000, "medium.bin": 300_000}


def publish(kernel):
    """A directory of files: some small, one of 10 MiB."""
    root = kernel.directory / "www"
    root.mkdir()
    for name, size in FILES.items():
        (root / name).write_bytes(os.urandom(size))
    make_file(root / "large.bin", 10 << 20)
    return root


def start_server(kernel, root, address):
    server = kernel.start("/usr/bin/python3", "-u", "-m", "http.server", PORT, "--bind", address,
                          "--directory", root)
    return server.wait_for(b"Serving HTTP on", where="out")


def fetch_all(kernel, root, base):
    for path in sorted(root.iterdir()):
        copy = kernel.directory / f"copy-{path.name}"
        kernel.run("curl", "-sS", "-f", "-o", copy, f"{base}/{path.name}", timeout=60)
        if digest(copy) != digest(path):
            raise Failure(f"{path.name}: what curl fetched is not what was served")


@case
def curl_v4(kernel):
    root = publish(kernel)
    start_server(kernel, root, "127.0.0.1")
    fetch_all(kernel, root, f"http://127.0.0.1:{PORT}")


@case
def curl_v6(kernel):
    root = publish(kernel)
    start_server(kernel, root, "::1")
    fetch_all(kernel, root, f"http://[::1]:{PORT}")


@case
def curl_parallel(kernel):
    """Several transfers in one curl, and one of a file that is not there."""
    root = publish(kernel)
    start_server(kernel, root, "127.0.0.1")
    words = ["curl", "-sS", "-Z"]
    for name in ("small.txt", "page.html", "medium.bin", "large.bin"):
        words += ["-o", kernel.directory / name, f"http://127.0.0.1:{PORT}/{name}"]
    kernel.run(*words, timeout=60)
    for name in ("small.txt", "page.html", "medium.bin", "large.bin"):
        if digest(kernel.directory / name) != digest(root / name):
            raise Failure(f"{name}: what curl fetched is not what was served")
    text = kernel.run("curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"http://127.0.0.1:{PORT}/absent")
    if text != "404":
        raise Failure(f"status {text} for a file that is not there")


@case
def curl_upload_refused(kernel):
    """A body of 1 MiB to a server that does not want one, and closes with it unread: curl sees the
    answer, or, when the reset overtakes it as it may on any TCP, that its sending failed."""
    root = publish(kernel)
    start_server(kernel, root, "127.0.0.1")
    base = f"http://127.0.0.1:{PORT}"
    refused = kernel.start("curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "--data-binary",
                           f"@{root}/medium.bin", f"{base}/").finish()
    if (refused.status, bytes(refused.out)) not in {(0, b"501"), (55, b"000"), (55, b"501"), (56, b"000"), (56, b"501")}:
        raise Failure(refused.describe())
    if kernel.run("curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", f"{base}/medium.bin") != "200":
        raise Failure("the server did not get through it")


@case
def curl_connection_refused(kernel):
    program = kernel.start("curl", "-sS", f"http://127.0.0.1:{PORT}/").finish().expect(7)
    if b"Failed to connect to 127.0.0.1 port 8000" not in program.err:
        raise Failure(program.describe())
