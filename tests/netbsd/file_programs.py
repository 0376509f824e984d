"""Larger programs on files of NetBSD's kernel, below /rump: they map files, walk trees, lock, and start others there."""

import pathlib
import tempfile

from case import case, case_for
from files import HASHES, LISTING, expect, make_tree, on_host, shell
from images import mounted

KINDS = ["ffs", "tmpfs"]

IDENTITY = """
    export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
    export GIT_AUTHOR_NAME=Somebody GIT_AUTHOR_EMAIL=somebody@example.org
    export GIT_COMMITTER_NAME=Somebody GIT_COMMITTER_EMAIL=somebody@example.org
"""


@case_for(KINDS, transports=[None])
def git(bin_directory, kind):
    """A repository with history, packed, checked, and cloned to the kernel and to the host."""
    with mounted(bin_directory, kind) as (kernel, _), tempfile.TemporaryDirectory() as name:
        source, clone = pathlib.Path(name, "source"), pathlib.Path(name, "clone")
        source.mkdir()
        make_tree(source, True)
        printed = shell(kernel, IDENTITY + """
            cp -a "$1" /rump/mnt/tree
            cd /rump/mnt/tree
            git init -q -b main
            git add .
            git commit -q -m first
            echo changed >>level0/sub0/file0.txt
            git commit -q -a -m second
            git gc -q
            git fsck --strict
            git status --short
            git log --format=%s
            git clone -q /rump/mnt/tree /rump/mnt/clone
            git clone -q /rump/mnt/tree "$2"
            git -C /rump/mnt/clone diff HEAD~1 --stat | tail -n 1
        """, source, clone)
        expect(printed, "second\nfirst\n 1 file changed, 1 insertion(+)\n", "what git printed")
        (source / "level0" / "sub0" / "file0.txt").write_text("changed\n")
        without_git = f"find . -name .git -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum"
        wanted = on_host(HASHES, source)
        expect(shell(kernel, f"cd /rump/mnt/clone; {without_git}"), wanted, "the clone in the kernel")
        expect(on_host(without_git, clone), wanted, "the clone on the host")
        expect(on_host("git fsck --strict", clone), "", "what git says of the clone on the host")


PYTHON_MMAP = """
import mmap, os
with open("/rump/mnt/file", "w+b") as file:
    file.write(b"0123456789" * 1000)
    file.flush()
    with mmap.mmap(file.fileno(), 0) as data:
        assert len(data) == 10000 and data.find(b"789", 9000) == 9007
        data[5:8] = b"abc"
        data.flush()
        file.seek(0)
        assert file.read(10) == b"01234abc89"
        data.resize(20000)
        assert os.fstat(file.fileno()).st_size == 20000
        data[19999] = 33
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert data[19999] == 33 and data[10000] == 0
        try:
            data[0] = 1
        except TypeError:
            print("read-only")
    with mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_COPY, offset=4096) as data:
        data[0] = 63
    file.seek(4096)
    assert file.read(1) == b"6"
"""


@case_for(KINDS, transports=[None])
def python_mmap(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _):
        expect(shell(kernel, 'python3 -c "$1"', PYTHON_MMAP), "read-only\n", "what Python printed")


@case_for(KINDS, transports=[None])
def trees_are_walked(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _), tempfile.TemporaryDirectory() as name:
        source = pathlib.Path(name)
        make_tree(source, True)
        shell(kernel, 'cp -a "$1" /rump/mnt/tree', source)
        walks = """
            chmod -R u+w,g-r .
            chown -R 1000:1000 .
            du -a --apparent-size -b . | grep file | LC_ALL=C sort -k 2
            grep -rlc . . | LC_ALL=C sort
            find . -depth -name 'file*' -size +4k -exec stat -c '%n %a %u' {} + | LC_ALL=C sort
            ls -R1 . | grep -v : | LC_ALL=C sort
            python3 -c 'import os; print(sorted(name for _, _, names in os.walk(".") for name in names))'
        """
        expect(shell(kernel, "cd /rump/mnt/tree" + walks), on_host(walks, source), "what the walks printed")
        shell(kernel, "cd /rump/mnt; rm -r tree; test ! -e tree")


@case_for(KINDS, transports=[None])
def rsync(bin_directory, kind):
    with mounted(bin_directory, kind) as (kernel, _), tempfile.TemporaryDirectory() as name:
        source, back = pathlib.Path(name, "source"), pathlib.Path(name, "back")
        source.mkdir()
        make_tree(source, True)
        shell(kernel, 'rsync -a "$1/" /rump/mnt/tree/', source)
        (source / "level0" / "sub0" / "file0.txt").write_text("changed\n")
        (source / "dangling").unlink()
        shell(kernel, 'rsync -a --delete --checksum "$1/" /rump/mnt/tree/; rsync -a /rump/mnt/tree/ "$2/"', source, back)
        expect(on_host(HASHES, back), on_host(HASHES, source), "the hashes of what came back")
        expect(on_host(LISTING, back), on_host(LISTING, source), "the listing of what came back")


@case(transports=[None])
def streams_are_reopened(bin_directory):
    """Programs that put files in the places of their standard streams, and sort in files of their own."""
    with mounted(bin_directory, "tmpfs") as (kernel, _):
        printed = shell(kernel, """
            cd /rump/mnt
            seq 1 20000 >numbers
            shuf numbers -o mixed
            sort -n -S 16k -T . mixed -o sorted
            cmp numbers sorted
            cut -c 1 sorted | sort >digits
            uniq -c digits counts
            cat counts
            mkfifo pipe
            tac sorted >pipe &
            head -n 1 pipe
            ls
        """)
        counts = "".join(f"{11111 if digit == 1 else 1112 if digit == 2 else 1111:7} {digit}\n" for digit in range(1, 10))
        names = "counts\ndigits\nmixed\nnumbers\npipe\nsorted\n"
        expect(printed, f"{counts}20000\n{names}", "what was printed")


SQL = """
    CREATE TABLE numbers (n INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 2000)
        INSERT INTO numbers SELECT n, 'text ' || n FROM up;
    CREATE INDEX by_text ON numbers (text);
    BEGIN; DELETE FROM numbers; ROLLBACK;
    PRAGMA integrity_check;
    SELECT count(*), sum(n) FROM numbers WHERE text LIKE 'text 1%';
"""


@case_for(KINDS, transports=[None])
def sqlite(bin_directory, kind):
    """A database, which processes lock against one another, and a WAL, which only one of them can have there."""
    with mounted(bin_directory, kind) as (kernel, _):
        printed = shell(kernel, """
            cd /rump/mnt
            sqlite3 data.db "$1"
            for i in 1 2 3 4; do
                sqlite3 -cmd '.timeout 60000' data.db "UPDATE numbers SET text = text || '!' WHERE n = 1" &
            done
            wait
            sqlite3 data.db 'SELECT text FROM numbers WHERE n = 1; PRAGMA mmap_size = 1000000; SELECT sum(n) FROM numbers'
            sqlite3 data.db 'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; DELETE FROM numbers WHERE n > 9'
            sqlite3 data.db 'PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM numbers; PRAGMA integrity_check'
        """, SQL)
        wanted = ["ok", "1111|1514596", "text 1!!!!", "1000000", "2001000", "exclusive", "wal", "exclusive", "9", "ok"]
        expect(printed.split("\n")[:-1], wanted, "what SQLite printed")


@case(transports=[None])
def programs_are_built_there(bin_directory):
    """A compiler reads by mapping, its linker writes; what they made runs from the host."""
    with mounted(bin_directory, "tmpfs") as (kernel, _), tempfile.TemporaryDirectory() as name:
        shell(kernel, """
            cd /rump/mnt
            printf '#define TEXT "made below /rump"\\n' >text.h
            printf '#include <stdio.h>\\n#include "text.h"\\nint main(void) { return puts(TEXT) < 0; }\\n' >main.c
            gcc -g -c main.c
            gcc -o program main.o
            ar rcs library.a main.o
            cp program library.a "$1"
        """, name)
        expect(on_host("./program; ar t library.a", name), "made below /rump\nmain.o\n", "what came out")
