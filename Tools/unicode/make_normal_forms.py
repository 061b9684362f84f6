"""Writes the data of Unicode's normalisation forms as Swift.

    apt-get install unicode-data
    python3 Tools/unicode/make_normal_forms.py [/usr/share/unicode]

Reads UnicodeData.txt, DerivedAge.txt and CompositionExclusions.txt, and leaves out what is younger than Unicode 9.0: the
version by which the `tokenizers` library normalises, and so the one that published vocabularies were trained with. Later
versions of the data give the same tables, because Unicode never changes the normal forms of assigned characters.
Writes Sources/ModelBackends/Unicode/NormalFormData.swift.
"""

import pathlib
import sys

VERSION = (9, 0)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"
HANGUL = range(0xAC00, 0xD7A4)


def fields(file):
    for line in file.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            yield [field.strip() for field in line.split(";")]


def assigned(folder):
    """The code points of the version."""
    found = set()
    for places, age in fields(folder / "DerivedAge.txt"):
        if tuple(int(part) for part in age.split(".")) <= VERSION:
            first, _, last = places.partition("..")
            found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


class Writer:
    """Whole numbers as digits of five bits, the lowest first; a sixth bit says that more follow."""

    def __init__(self):
        self.text = ""

    def add(self, value):
        while value >= 32:
            self.text += DIGITS[value & 31 | 32]
            value >>= 5
        self.text += DIGITS[value]

    def add_signed(self, value):
        self.add(2 * value if value >= 0 else -2 * value - 1)

    def lines(self, width=112):
        return "\n".join("    " + self.text[start:start + width] for start in range(0, len(self.text), width))


def classes(table):
    """Runs of one class: gap before, length − 1, class."""
    writer, end = Writer(), 0
    codes = sorted(table)
    while codes:
        first = codes[0]
        length = 1
        while length < len(codes) and codes[length] == first + length and table[codes[length]] == table[first]:
            length += 1
        for value in (first - end, length - 1, table[first]):
            writer.add(value)
        end = first + length
        codes = codes[length:]
    return writer


def mappings(table):
    """Each: gap before, number of code points, and these as differences from those before."""
    writer, end, last = Writer(), 0, 0
    for code in sorted(table):
        writer.add(code - end)
        writer.add(len(table[code]))
        for index, target in enumerate(table[code]):
            writer.add_signed(target - last)
            last = target
        last = table[code][0]
        end = code + 1
    return writer


def places(codes):
    writer, end = Writer(), 0
    for code in sorted(codes):
        writer.add(code - end)
        end = code + 1
    return writer


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    known = assigned(folder)
    combining, canonical, compatible = {}, {}, {}
    for row in fields(folder / "UnicodeData.txt"):
        code = int(row[0], 16)
        if code not in known or code in HANGUL:
            continue
        if row[3] != "0":
            combining[code] = int(row[3])
        if row[5].startswith("<"):
            compatible[code] = [int(part, 16) for part in row[5].split(">")[1].split()]
        elif row[5]:
            canonical[code] = [int(part, 16) for part in row[5].split()]
    excluded = {int(row[0], 16) for row in fields(folder / "CompositionExclusions.txt")} & known
    excluded |= {code for code, parts in canonical.items()
                 if len(parts) > 1 and (code in combining or parts[0] in combining)}
    parts = {
        "classes": (classes(combining), "Combining classes: gap, length less one, class."),
        "canonical": (mappings(canonical), "Canonical decompositions, one step each: gap, count, code points."),
        "compatible": (mappings(compatible), "Compatibility decompositions, one step each: gap, count, code points."),
        "excluded": (places(excluded), "Pairs that are never composed: gaps."),
    }
    lines = [
        "// Made by Tools/unicode/make_normal_forms.py from the Unicode Character Database, "
        f"version {VERSION[0]}.{VERSION[1]}.",
        "",
        "/// What the normalisation forms of Unicode know about characters, as numbers in text.",
        "enum NormalFormData {",
        "  /// Digits of five bits, the lowest first; a digit from 32 on says that more follow.",
        f'  static let digits: StaticString = "{DIGITS}"',
    ]
    for name, (writer, comment) in parts.items():
        lines += ["", f"  /// {comment}", f'  static let {name}: StaticString = """', writer.lines(), '    """']
    target = pathlib.Path(__file__).resolve().parents[2] / "Sources/ModelBackends/Unicode/NormalFormData.swift"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines + ["}", ""]))
    print(target.name, len(combining), len(canonical), len(compatible), len(excluded), target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
