"""The session of docs/netbsd.md: a web server on an image and on a bus, both NetBSD's, seen from outside."""

import os
import subprocess

from case import case
from network import kernels, own_directory, shmif
from program import Failure

PAGE = "<h1>served by a NetBSD kernel</h1>\n"


@case(transports=[None])
def session_of_the_documentation(bin_directory):
    with own_directory() as directory:
        (directory / "site").mkdir()
        (directory / "site" / "index.html").write_text(PAGE)
        image, bus = directory / "disk.img", directory / "bus"
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-I", "256", "-O", "none,filetype,sparse_super,large_file", "-d",
                        directory / "site", image, "16M"], check=True)
        drive = ["-d", f"key=/disk,hostpath={image},size=host", "--mount", "ext2fs,/disk,/mnt"]
        with kernels(bin_directory, (None, [*shmif(bus, "10.0.0.1/24"), *drive]),
                     ("builtin", shmif(bus, "10.0.0.2/24"))) as (web, client):
            server = web.start("/usr/bin/python3", "-u", "-m", "http.server", "--bind", "10.0.0.1", "--directory",
                               "/rump/mnt", "80", env={**os.environ, "RUMPHIJACK": "path=/rump,socket=all"})
            server.wait_for(b"Serving HTTP on", where="out")
            page = client.run("curl", "-sS", "-f", "http://10.0.0.1/index.html")
            if page != PAGE:
                raise Failure(page)
            listeners = web.run("netstat", "-ant")
            dump = subprocess.run([bin_directory / "farcall", "dump-bus", bus], check=True, capture_output=True).stdout
            frames = subprocess.run(["tcpdump", "-n", "-r", "-"], input=dump, check=True, capture_output=True).stdout
            for text, wanted in ((listeners, "10.0.0.1:80"), (frames.decode(), "HTTP: GET /index.html"),
                                 (frames.decode(), "HTTP: HTTP/1.0 200 OK")):
                if wanted not in text:
                    raise Failure(f"{wanted!r} is missing in:\n{text}")
