"""Messages of the command: steps with the time, progress, and errors with a remedy, all on standard error."""
import sys
import time

STARTED = time.monotonic()


class Problem(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, problem, remedy):
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def say(text):
    print(f"[{time.monotonic() - STARTED:4.0f}s] {text}", file=sys.stderr, flush=True)


def fail(problem):
    print(f"\nerror: {problem.problem}\nremedy: {problem.remedy}", file=sys.stderr, flush=True)
    sys.exit(1)


def megabytes(size):
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


class Progress:
    """A share of a whole: one line that is written over on a terminal, a line a quarter elsewhere."""

    def __init__(self, title, total):
        self.title, self.total, self.shown = title, total, -1

    def show(self, done):
        share = min(100, int(100 * done / self.total))
        step = share if sys.stderr.isatty() else share // 25 * 25
        if step <= self.shown:
            return
        self.shown = step
        if sys.stderr.isatty():
            print(f"\r        {self.title} {share:3} %", end="", file=sys.stderr, flush=True)
        elif 0 < step < 100:
            say(f"  {step} %")

    def end(self):
        if sys.stderr.isatty() and self.shown >= 0:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
