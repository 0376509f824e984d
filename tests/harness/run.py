"""Lists and runs test cases: run.py [--build DIR] FILE --list | run.py [--build DIR] [--kernel NAME] FILE NAME...

Statuses are CTest's: 0 passed, 1 failed, 77 skipped, which no case is where the environment says CI=true, unless what
it is for is not installed.
"""

import argparse
import importlib.util
import os
import pathlib
import signal
import sys
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from case import Case, NoKernel, NotInstalled, Skipped  # noqa: E402
from host import Host  # noqa: E402
from server import Server  # noqa: E402

SKIPPED = 77
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where ifconfig is, also for who is not root
DEADLINE_SECONDS = 150  # below CTest's, so that a case that hangs still ends what it has started


def load(path):
    """The cases of a file, by name."""
    path = pathlib.Path(path).resolve()
    sys.path.insert(1, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return {case.name: case for case in module.CASES}


def on_host(cases, name):
    """The case `name`, which ends in [host], made from its sibling on another transport."""
    sibling = cases[name.replace("[host]", "[unix]")]
    return Case(name.removesuffix("[host]"), "host", sibling.function, sibling.arguments, ())


def run(case, bin_directory):
    if case.transport is None:
        case(bin_directory)
        return
    with Host() if case.transport == "host" else Server(bin_directory, case.transport, case.server_options) as kernel:
        try:
            case(kernel)
        except BaseException:
            print(f"--- the server's log\n{kernel.log()}", file=sys.stderr)
            raise


def verdict(case, bin_directory):
    signal.alarm(DEADLINE_SECONDS)
    try:
        run(case, bin_directory)
    except NotInstalled as reason:
        print(f"{case.name}: {reason}", file=sys.stderr)
        return SKIPPED
    except Skipped as reason:
        print(f"{case.name}: {reason}", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        signal.alarm(0)
    return 0


def on_alarm(*_):
    raise TimeoutError(f"the case did not end within {DEADLINE_SECONDS} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release", help="build tree with bin/farcall")
    parser.add_argument("--kernel", default="builtin", help="the kernel that servers host: builtin or netbsd")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--list-for-cmake", action="store_true", help="as NAME@TRANSPORT")
    parser.add_argument("file")
    parser.add_argument("names", nargs="*", help="none: all")
    options = parser.parse_args()
    cases = load(options.file)
    if options.list:
        print("\n".join(cases))
        return 0
    if options.list_for_cmake:
        print("\n".join(name.replace("[", "@").replace("]", "") for name in cases))
        return 0
    signal.signal(signal.SIGALRM, on_alarm)
    bin_directory = pathlib.Path(options.build).resolve() / "bin"
    try:
        Server.host_kernel(options.kernel, bin_directory)
    except NoKernel as reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return SKIPPED
    worst = 0
    for name in options.names or cases:
        result = verdict(on_host(cases, name) if name.endswith("[host]") else cases[name], bin_directory)
        print(f"{name}: { {0: 'passed', SKIPPED: 'skipped'}.get(result, 'FAILED') }")
        worst = max(worst, result, key=lambda status: (status == 1, status))
    return worst


if __name__ == "__main__":
    sys.exit(main())
