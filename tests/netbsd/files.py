"""Programs of the host's on files of NetBSD's kernel, below /rump."""

import hashlib
import pathlib
import subprocess
import tempfile

from case import case, case_for
from images import KINDS, PATHS, image_of, mount_options, mounted, tool
from program import Failure
from server import Server

WITH_LINKS = ["ext2", "ffs", "tmpfs"]
WRITABLE = [*WITH_LINKS, "msdos"]
HASHES = "find . -type f | LC_ALL=C sort | xargs sha256sum"
LISTING = "find . -printf '%y %p %m %l %s\\n' | grep -v '^d . ' | sed -E 's/^(d.*) [0-9]+$/\\1/' | LC_ALL=C sort"


def expect(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}:\n{found}\n--- instead of\n{wanted}")


def make_tree(directory, with_links):
    """Files of many sizes, some directories deep."""
    generator = hashlib.sha256
    for number, size in enumerate([0, 1, 511, 4096, 70000, 300000]):
        place = directory / f"level{number % 3}" / f"sub{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        seed = generator(str(number).encode()).digest()
        (place / f"file{number}.txt").write_bytes((seed * (size // 32 + 1))[:size])
    (directory / "empty").mkdir()
    if with_links:
        (directory / "link").symlink_to("level0/sub0/file0.txt")
        (directory / "dangling").symlink_to("nowhere")
        (directory / "level1" / "second").hardlink_to(directory / "level1" / "sub1" / "file1.txt")
        (directory / "level2").chmod(0o750)


def shell(kernel, script, *arguments, status=0):
    """What the host's shell and its programs print; the script knows the arguments as $1, $2 …"""
    return kernel.run("sh", "-ec", script, "sh", *arguments, status=status, env=PATHS)


def on_host(script, directory):
    return subprocess.run(["sh", "-ec", script], cwd=directory, check=True, capture_output=True, text=True).stdout


@case_for(WRITABLE, transports=[None])
def tree_is_copied_in_and_out(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, image), tempfile.TemporaryDirectory() as name:
        source, back = pathlib.Path(name, "source"), pathlib.Path(name, "back")
        source.mkdir()
        make_tree(source, kind in WITH_LINKS)
        how = "-a" if kind in WITH_LINKS else "-r"
        shell(kernel, f'cp {how} "$1" /rump/mnt/tree', source)
        listing = LISTING if kind in WITH_LINKS else "find . | LC_ALL=C sort"
        expect(shell(kernel, f"cd /rump/mnt/tree; {listing}"), on_host(listing, source), "the listing")
        expect(shell(kernel, f"cd /rump/mnt/tree; {HASHES}"), on_host(HASHES, source), "the hashes")
        shell(kernel, f'cp {how} /rump/mnt/tree "$1"', back)
        expect(on_host(HASHES, back), on_host(HASHES, source), "the hashes of what came back")
        shell(kernel, "rm -r /rump/mnt/tree")
        expect(shell(kernel, "ls -A /rump/mnt").replace("lost+found\n", ""), "", "what rm left")
        stop_and_check(kernel, kind, image)


def stop_and_check(kernel, kind, image):
    if kernel.stop() != 0:
        raise Failure(kernel.log())
    if kind != "tmpfs":
        KINDS[kind].check(image)


@case_for(WITH_LINKS, transports=[None])
def tar_in_and_out(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _), tempfile.TemporaryDirectory() as name:
        source, back, archive = (pathlib.Path(name, word) for word in ("source", "back", "archive"))
        source.mkdir()
        back.mkdir()
        make_tree(source, True)
        tool("tar", "-C", source, "-cf", archive, ".")
        shell(kernel, 'mkdir /rump/mnt/t; tar -C /rump/mnt/t -xf "$1"', archive)
        expect(shell(kernel, f"cd /rump/mnt/t; {LISTING}"), on_host(LISTING, source), "the listing")
        shell(kernel, 'cd /rump/mnt; tar -cf - t | tar -C "$1" -xf -', back)
        expect(on_host(HASHES, back / "t"), on_host(HASHES, source), "the hashes of what came back")
        expect(on_host(LISTING, back / "t"), on_host(LISTING, source), "the listing of what came back")


@case_for(WITH_LINKS, transports=[None])
def names_and_attributes(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _):
        printed = shell(kernel, """
            cd /rump/mnt
            mkdir -p a/b/c
            echo text >a/b/file
            mv a/b/file a/moved
            ln a/moved a/second
            ln -s moved a/link
            readlink a/link
            chmod 640 a/moved
            touch -d 2001-02-03T04:05:06Z a/moved
            TZ=UTC stat -c '%a %h %s %F %Y' a/moved
            test a/moved -ef a/second
            cat a/link
            rmdir a/b/c a/b
            ! rmdir a
            find a -type l
            rm -r a
            test ! -e a
        """)
        expect(printed, "moved\n640 2 5 regular file 981173106\ntext\na/link\n", "what was printed")


@case(transports=[None])
def working_directories(bin_directory):
    with mounted(bin_directory, "tmpfs") as (kernel, _):
        printed = shell(kernel, """
            mkdir -p /rump/mnt/d/e
            cd /rump/mnt/d/e
            pwd
            /bin/pwd
            sh -c 'cd ..; /bin/pwd; cd /tmp; /bin/pwd'
            cd -P ..
            pwd
            realpath e/.. /rump/mnt/d/../d/e
            cd /rump
            /bin/pwd
            cd /
            ls -d rump/mnt/d/e
        """)
        expect(printed.split(), ["/rump/mnt/d/e"] * 2 + ["/rump/mnt/d", "/tmp", "/rump/mnt/d", "/rump/mnt/d",
                                                         "/rump/mnt/d/e", "/rump", "rump/mnt/d/e"], "what was printed")


@case(transports=[None])
def files_cross_the_border(bin_directory):
    """What a file system boundary does: rename and link refuse, mv copies."""
    with mounted(bin_directory, "ext2") as (kernel, _), tempfile.TemporaryDirectory() as name:
        pathlib.Path(name, "a").write_text("from the host\n")
        shell(kernel, 'mv "$1/a" /rump/mnt/a; ! ln /rump/mnt/a "$1/b" 2>/dev/null; mv /rump/mnt/a "$1/c"', name)
        expect(pathlib.Path(name, "c").read_text(), "from the host\n", "the file that went there and back")
        error = kernel.run("python3", "-c", "import os, sys\ntry: os.rename(sys.argv[1], '/rump/mnt/c')\n"
                           "except OSError as error: print(error.strerror)", f"{name}/c", env=PATHS)
        expect(error, "Invalid cross-device link\n", "what rename said")


@case_for(["ext2", "tmpfs"], transports=[None])
def space(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _):
        printed = shell(kernel, """
            dd if=/dev/zero of=/rump/mnt/zeros bs=64k count=16 status=none
            head -c 3 /rump/mnt/zeros | od -An -tx1
            du -s --apparent-size /rump/mnt/zeros | cut -f 1
            df --output=target /rump/mnt | tail -n 1
            stat -f -c %T /rump/mnt
        """)
        wanted = ["00", "00", "00", "1024", "/rump/mnt", {"ext2": "ext2/ext3"}.get(kind, kind)]
        expect(printed.split(), wanted, "what was printed")


CLOCK = """
import os, time
for number in range(100):
    descriptor = os.open("/rump/mnt/file", os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, b"x")
    os.close(descriptor)
    ahead = os.stat("/rump/mnt/file").st_mtime_ns - time.time_ns()
    assert -60 * 10**9 < ahead <= 0, ahead
    time.sleep(0.001)
"""


@case(transports=[None])
def files_are_not_from_the_future(bin_directory):
    with mounted(bin_directory, "tmpfs") as (kernel, _):
        kernel.run("python3", "-c", CLOCK, env=PATHS)


@case(transports=[None])
def full_disk(bin_directory):
    with mounted(bin_directory, "ext2") as (kernel, image):
        shell(kernel, """
            dd if=/dev/zero of=/rump/mnt/large bs=1M count=40 2>"$1" && exit 1
            grep -q 'No space left on device' "$1"
            rm /rump/mnt/large
            echo fits >/rump/mnt/small
        """, image.parent / "errors")
        stop_and_check(kernel, "ext2", image)


PYTHON = """
import glob, os, pathlib, shutil, sys, tempfile
top = pathlib.Path("/rump/mnt/python")
os.makedirs(top / "a" / "b")
(top / "a" / "b" / "file").write_text("some text")
with tempfile.TemporaryDirectory(dir=top) as made:
    with tempfile.NamedTemporaryFile("w", dir=made) as file:
        file.write("kept for a while")
        file.flush()
        assert pathlib.Path(file.name).read_text() == "kept for a while"
shutil.copytree(top / "a", top / "c", symlinks=True)
shutil.move(top / "c", top / "d")
assert sorted(os.listdir(top)) == ["a", "d"], os.listdir(top)
assert [entry.name for entry in os.scandir(top / "d") if entry.is_dir()] == ["b"]
assert glob.glob(str(top / "*" / "b" / "f*")) and len(list(top.rglob("file"))) == 2
assert shutil.disk_usage(top).total > 0
descriptor = os.open(top, os.O_RDONLY)
os.mkdir("inside", dir_fd=descriptor)
assert os.stat("inside", dir_fd=descriptor).st_mode & 0o777 == 0o755
os.chdir(top / "d")
assert os.getcwd() == str(top / "d") and os.path.realpath("b") == str(top / "d" / "b")
os.chdir("/")
shutil.rmtree(top)
assert not top.exists()
"""


@case_for(WITH_LINKS, transports=[None])
def python_files(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _):
        expect(kernel.run("python3", "-c", PYTHON, env=PATHS), "", "what Python printed")


@case(transports=[None])
def programs_are_not_run_from_there(bin_directory):
    with mounted(bin_directory, "ext2") as (kernel, _):
        shell(kernel, "cp /bin/true /rump/mnt/true")
        shell(kernel, "/rump/mnt/true", status=126)
        shell(kernel, "echo 'echo said by a script' >/rump/mnt/script; sh /rump/mnt/script | grep -q said")


@case(transports=[None])
def ffs_is_read_by_another_kernel(bin_directory):
    """What one kernel wrote, its successor reads: the host has no tool for it."""
    text = b"kept on ffs\n" * 10000
    steps = [("cat /rump/mnt/greeting; cat >/rump/mnt/new", text, b"made by makefs\n"),
             ("cat /rump/mnt/new", b"", text)]
    with image_of("ffs", greeting=b"made by makefs\n") as image:
        for script, given, wanted in steps:
            with Server(bin_directory, "unix", mount_options("ffs", image)) as kernel:
                expect(kernel.run("sh", "-ec", script, data=given, env=PATHS), wanted.decode(), script)
                if kernel.stop() != 0:
                    raise Failure(kernel.log())
