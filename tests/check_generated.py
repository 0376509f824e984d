"""Fails unless FILE is what a generator makes: check_generated.py FILE GENERATOR ARGUMENTS... (the output comes last)."""

import pathlib
import subprocess
import sys
import tempfile


def main(committed, generator, *arguments):
    with tempfile.TemporaryDirectory() as directory:
        fresh = pathlib.Path(directory) / "output"
        subprocess.run([sys.executable, generator, *arguments, fresh], check=True)
        if fresh.read_bytes() != pathlib.Path(committed).read_bytes():
            sys.exit(f"{committed} is out of date: python3 {generator} {' '.join(arguments)} {committed}")


if __name__ == "__main__":
    main(*sys.argv[1:])
