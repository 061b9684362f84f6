"""Prints a table of line coverage by module from the JSON file that `swift test --enable-code-coverage` wrote.

Usage: coverage-table.py JSON SOURCES. The exit status is 1 when a core module is under the minimum.
"""

import json
import pathlib
import sys

MINIMUM = 85.0
ENGINES = {"GGUFBackend", "ONNXBackend"}


def main() -> int:
    report, sources = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    lines: dict[str, list[int]] = {}
    for file in json.loads(pathlib.Path(report).read_text())["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if path.suffix != ".swift" or not path.is_relative_to(sources):
            continue
        counts = lines.setdefault(path.relative_to(sources).parts[0], [0, 0])
        counts[0] += file["summary"]["lines"]["covered"]
        counts[1] += file["summary"]["lines"]["count"]
    print("| module | lines | reached |\n| --- | ---: | ---: |")
    short = []
    for module, (covered, count) in sorted(lines.items()):
        percent = 100 * covered / max(count, 1)
        print(f"| {module} | {count} | {percent:.1f} % |")
        if module not in ENGINES and percent < MINIMUM:
            short.append(module)
    if short:
        print(f"Under {MINIMUM:.0f} %: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


sys.exit(main())
