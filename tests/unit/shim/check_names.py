"""Checks that libfarcall.so defines every function of libc that takes, makes or waits for a descriptor, takes a path or
starts a process, under each of the names that libc exports for it. A name that is left to libc needs a line with its reason.

usage: check_names.py LIBFARCALL NAMES_LEFT_TSV
"""

import re
import subprocess
import sys

FAMILIES = re.compile(
    r"^(__|__libc_|_IO_)?("
    r"p?read(v|v2|64|v64|v64v2)?|p?write(v|v2|64|v64|v64v2)?|l?lseek(64)?|"
    r"open(at)?(64)?|creat(64)?|close|close_range|closefrom|dup[23]?|fcntl(64)?|ioctl|"
    r"socket(pair)?|accept4?|bind|connect|listen|shutdown|getsockname|getpeername|[gs]etsockopt|"
    r"send(to|msg|mmsg|file|file64)?|recv(from|msg|mmsg)?|sockatmark|isfdtype|"
    r"p?poll|p?select|epoll_\w+|splice|tee|vmsplice|copy_file_range|"
    r"(f|l)?stat(at)?(64)?|statx|(f|l)?xstat(at)?(64)?|e?(euid)?access|faccessat|readlink(at)?|"
    r"fsync|fdatasync|ftruncate(64)?|isatty|ttyname(_r)?|tc[gs]etattr|"
    r"_?fork|vfork|clone|exec\w+|fexecve|posix_spawnp?|system|popen|pclose|daemon|forkpty|login_tty|"
    r"fdopen|fopen(64)?|freopen(64)?|fileno(_unlocked)?|v?dprintf|opendir|fdopendir|readdir(64)?(_r)?|"
    r"closedir|rewinddir|dirfd|seekdir|telldir|scandir(at)?(64)?|getdents64|getdirentries(64)?|"
    r"x?(f|l)?(mkdir|unlink|rename|link|symlink|mknod|mkfifo|chmod|chown)(at)?2?|rmdir|remove|"
    r"(f|l)?utimes?|futimesat|utimensat|futimens|truncate(64)?|umask|(f|l)?(get|set|list|remove)xattr|"
    r"f?stat(v)?fs(64)?|f?pathconf|sync|syncfs|sync_file_range|flock|lockf(64)?|"
    r"(posix_)?(fallocate|fadvise)(64)?|mmap(64)?|munmap|msync|mremap|_exit|inotify_add_watch|(name_to|open_by)_handle_at|"
    r"f?chdir|chroot|getcwd|getwd|get_current_dir_name|realpath|canonicalize_file_name|"
    r"glob(64)?|n?ftw(64)?|fts_\w+|mko?stemps?(64)?|mkdtemp|mktemp|tmp(file|nam)(64)?(_r)?|tempnam|ftok|"
    r"getifaddrs|freeifaddrs|if_\w+|getaddrinfo|syscall|_?(sig)?longjmp"
    r")(_2|_chk)?$",
    re.IGNORECASE,
)


def exported(library):
    """The functions that a shared library defines, by name, without those that only libc's own parts may use."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    names = set()
    for line in lines.stdout.splitlines():
        kind, name = line.split()[-2:]
        if kind in "TtWwiI" and "GLIBC_PRIVATE" not in name:
            names.add(name.split("@")[0])
    return names


def libc_path():
    with open("/proc/self/maps", encoding="ascii") as maps:
        return next(line.split()[-1] for line in maps if "/libc.so" in line)


def read_left(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return {name: reason for name, reason in rows}


def main(library, left_path):
    wanted = {name for name in exported(libc_path()) if FAMILIES.match(name)}
    caught = exported(library)
    left = read_left(left_path)
    problems = [f"libc exports {name}, which {library} does not catch" for name in sorted(wanted - caught - set(left))]
    problems += [f"{left_path}: {name} is caught" for name in sorted(set(left) & caught)]
    problems += [f"{left_path}: {name} is no such function of libc" for name in sorted(set(left) - wanted)]
    print("\n".join(problems) or f"{len(wanted & caught)} functions caught, {len(left)} left to libc")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
