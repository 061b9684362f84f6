"""Runs `swift test` and shows its progress: the build's progress, a line for each suite,
every failure in full, and at the end why tests were skipped.

Usage: watch-tests.py LOG EVENTS COMMAND…

COMMAND is run with `--event-stream-output-path EVENTS --event-stream-version 0` added; Swift Testing writes what happens
there, line by line. All that the command prints goes to LOG. Where it ends without a failed test, because something did
not build or a test crashed, the lines that tell why are shown, and which tests were running. The exit status is COMMAND's.
"""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time

BUILD_STEP = re.compile(r"^\[(\d+)/(\d+)\] ")
ROUTINE = re.compile(r"^(\[\d+/\d+\] |[◇✔✘➜↳] |Test Suite '|\s*Executed 0 tests|Building for )")
QUIET_SECONDS = 30  # of silence, after which what is going on is said
FEW = 5  # tests that are named where many could be
SHOWN_LINES = 200  # of a log, where a command ends without a failed test


class Display:
    """Lines on standard output; on a terminal, with a status line below them."""

    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.last = time.monotonic()

    def line(self, text):
        print(("\r\033[K" if self.is_terminal else "") + text, flush=True)
        self.last = time.monotonic()

    def status(self, text):
        if self.is_terminal:
            print(f"\r\033[K{text[:100]}", end="", flush=True)
        elif time.monotonic() - self.last > QUIET_SECONDS:
            self.line(f"  … {text}")

    def clear(self):
        if self.is_terminal:
            print("\r\033[K", end="", flush=True)


class Run:
    """The state of the run."""

    def __init__(self, display):
        self.display = display
        self.output = []  # what the command printed
        self.build = "starting"
        self.functions = set()  # the tests that are functions, not suites
        self.ended_tests = 0
        self.running = {}  # tests that have begun, in order
        self.suites = {}  # counts of suites that have begun
        self.skipped = {}  # reasons, and the tests
        self.failures = 0

    def printed(self, line):
        self.output.append(line)
        step = BUILD_STEP.match(line)
        if step:
            self.build = f"building, step {step[1]} of {step[2]}"

    def happened(self, record):
        payload = record["payload"]
        if record["kind"] == "test":
            if payload["kind"] == "function":
                self.functions.add(payload["id"])
            return
        test = payload.get("testID", "")
        suite = self.suites.setdefault(suite_of(test), {"passed": 0, "failed": 0, "skipped": 0, "bad": set()})
        kind, messages = payload["kind"], payload.get("messages", [])
        if kind == "testStarted" and test in self.functions:
            self.running[test] = True
        elif kind == "issueRecorded":
            self.issue(payload.get("issue", {}), test, suite, messages)
        elif kind == "testSkipped" and test in self.functions:
            suite["skipped"] += 1
            self.ended_tests += 1
            reason = messages[0]["text"].partition("skipped")[2].lstrip(": ").strip('"') if messages else ""
            self.skipped.setdefault(reason or "no reason given", []).append(short(test))
        elif kind == "testEnded" and test in self.functions:
            self.running.pop(test, None)
            self.ended_tests += 1
            suite["failed" if test in suite["bad"] else "passed"] += 1
        elif kind == "testEnded" and test == suite_of(test):
            self.ended(test, suite, messages)

    def issue(self, issue, test, suite, messages):
        if issue.get("isKnown"):
            return
        if issue.get("severity", "error") == "error":
            suite["bad"].add(test)
            self.failures += 1
        for index, message in enumerate(messages):
            text = message["text"].replace("\n", "\n      ")
            self.display.line(f"✘ {suite_of(test)}: {text}" if index == 0 else f"    {text}")

    def ended(self, name, suite, messages):
        took = re.search(r"after ([\d.]+) seconds", messages[0]["text"] if messages else "")
        counts = [f"{suite[word]} {word}" for word in ("passed", "failed", "skipped") if suite[word]]
        mark = "✘" if suite["failed"] or suite["bad"] else "✔" if suite["passed"] else "➜"
        seconds = f"{float(took[1]):.1f} s" if took else ""
        self.display.line(f"{mark} {name:<58} {', '.join(counts):<24} {seconds:>9}")

    def status(self):
        if not self.functions:
            return self.build
        # Nearly all begin at once and wait for each other: names are informative when few are left.
        names = f"; not yet {', '.join(map(short, self.running))}" if 0 < len(self.running) <= FEW else ""
        return f"{self.ended_tests} of {len(self.functions)} tests have ended{names}"

    def unfinished(self):
        """The tests that had begun and did not end, the first few by name."""
        names = [short(test) for test in self.running]
        more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
        return ", ".join(names[:FEW]) + more

    def reasons(self):
        """The reason why a command failed without a failed test: from the first error on, else the last lines."""
        lines = [line for line in self.output if not ROUTINE.match(line)]
        first = next((index for index, line in enumerate(lines) if "error:" in line or "Fatal error" in line), None)
        found = lines[first:] if first is not None else lines[-40:]
        if len(found) > SHOWN_LINES:
            found = found[: SHOWN_LINES // 2] + ["…"] + found[-SHOWN_LINES // 2 :]
        return found


def suite_of(test):
    """`Module.Suite` of a test's identifier, `Module.Suite/function()/File.swift:1:2`; the module where there is no suite."""
    first = test.split("/")[0]
    return first.split(".")[0] if first.endswith(")") else first


def short(test):
    return "/".join(test.split("/")[:-1]) or test


def follow(path, run, position):
    """Reads the whole lines that have been added to the events."""
    if not path.exists():
        return position
    with path.open("rb") as file:
        file.seek(position)
        added = file.read()
    end = added.rfind(b"\n") + 1
    for line in added[:end].splitlines():
        run.happened(json.loads(line))
    return position + end


def main():
    log, events, command = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    events.unlink(missing_ok=True)
    display = Display()
    run = Run(display)
    command += ["--event-stream-output-path", str(events), "--event-stream-version", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def copy():
        with log.open("wb") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()
                run.printed(line.decode(errors="replace").rstrip("\n"))

    reader = threading.Thread(target=copy)
    reader.start()
    position = 0
    while reader.is_alive():
        reader.join(0.2)
        position = follow(events, run, position)
        display.status(run.status())
    status = process.wait()
    follow(events, run, position)
    display.clear()
    for reason, tests in sorted(run.skipped.items()):
        print(f"➜ {len(tests)} skipped: {reason} ({', '.join(tests)})")
    if status != 0:
        if not run.failures:
            print("✘ No test failed, but the run did:")
            print("\n".join(f"    {line}" for line in run.reasons()))
        if run.running:
            print(f"✘ These tests had begun and did not end: {run.unfinished()}")
        print(f"The whole log: {log}")
    sys.stdout.flush()
    # A command that a signal ended has a negative status here, and 128 more than its number in a shell.
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
