"""Python programs in front of the kernel. Each file of inside/ is one: it checks itself and ends with 'ok'."""

import pathlib

from case import case_for
from program import Failure

INSIDE = pathlib.Path(__file__).resolve().parent / "inside"
NAMES = sorted(path.stem for path in INSIDE.glob("*.py"))


@case_for(NAMES)
def python(kernel, name):
    text = kernel.run("/usr/bin/python3", INSIDE / f"{name}.py", timeout=60)
    if text != "ok\n":
        raise Failure(text)
