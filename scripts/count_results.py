"""Prints 'N passed, N failed, N skipped' for a JUnit file of ctest's; then, if tests on a NetBSD kernel were skipped
because none is installed, how many and why."""

import collections
import sys
import xml.etree.ElementTree as ElementTree

WANT_KERNEL = "netbsd."  # how their names begin


def main(path):
    suite = ElementTree.parse(path).getroot()
    total = int(suite.get("tests"))
    failed = int(suite.get("failures"))
    skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
    reasons = collections.Counter()
    for case in suite.iter("testcase"):
        if case.get("name").startswith(WANT_KERNEL) and case.find("skipped") is not None:
            reasons[(case.findtext("system-out") or "no reason given").strip()] += 1
    without_kernel = sum(reasons.values())
    print(f"{total - failed - skipped} passed, {failed} failed, {skipped - without_kernel} skipped")
    for reason, count in reasons.most_common():
        print(f"on a NetBSD kernel {count} skipped: {reason.removeprefix('skipped: ')}")


if __name__ == "__main__":
    main(sys.argv[1])
