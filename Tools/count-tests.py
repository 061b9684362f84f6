"""Sums the results that `swift test --xunit-output` wrote: prints `N passed, N failed, N skipped`.

Usage: count-tests.py FAILED-COMMANDS FOLDER. A command that failed without a failed test (a crash, a broken build) counts
as one failure. The exit status is 1 when anything failed, and when nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    failed_commands, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    passed = failed = skipped = 0
    for file in folder.glob("*.xml"):
        try:
            cases = list(ElementTree.parse(file).iter("testcase"))
        except ElementTree.ParseError:
            # A test that crashed the whole run left a truncated file; the command has failed, which counts.
            continue
        for case in cases:
            if case.find("skipped") is not None:
                skipped += 1
            elif case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            else:
                passed += 1
    if failed_commands > failed:
        print("A package did not build, or its tests ended early; its messages are above.", file=sys.stderr)
    failed = max(failed, failed_commands)
    if passed + failed + skipped == 0:
        print("No test ran: --filter takes a part of a test's or a suite's name.", file=sys.stderr)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed + skipped == 0 else 0


sys.exit(main())
