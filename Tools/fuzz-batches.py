"""Runs the fuzz tests in batches, each in a separate process, and prints a table of the outcomes.

Usage: fuzz-batches.py TEST-EXECUTABLE ROUNDS. A process that crashes, hangs or runs out of memory costs one case: the
next process goes on after it. The cases that failed lie in .build-fuzz/failed, a folder each.
"""

import dataclasses
import os
import pathlib
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time

ADDRESS_SPACE = 4 << 30
SECONDS_A_CASE = 30
BATCH = 500
FOLDER = pathlib.Path(".build-fuzz")


@dataclasses.dataclass
class Format:
    """A series of cases: the journal's name for it, the test that runs it, and its share of the cases."""

    name: str
    test: str
    share: int
    cases: int = 0
    values: int = 0
    errors: int = 0
    surprises: int = 0
    crashes: int = 0
    hangs: int = 0
    peak: int = 0


FORMATS = [
    Format("gguf-transformer", "GGUFFuzzTests/transformer", 5),
    Format("gguf-recurrent", "GGUFFuzzTests/recurrent", 3),
    Format("gguf-tokenizer", "GGUFFuzzTests/tokenizer", 3),
    Format("onnx-graph", "ONNXFuzzTests/graph", 5),
    Format("onnx-config.json", "ONNXFuzzTests/settings", 1),
    Format("onnx-generation_config.json", "ONNXFuzzTests/settings", 1),
    Format("tokenizer", "TokenizerFuzzTests/json", 3),
    Format("numpy", "EmbeddingFileTests/damagedFiles", 2),
    Format("safetensors", "EmbeddingFileTests/damagedFiles", 2),
]


def main() -> int:
    executable, rounds = sys.argv[1], int(sys.argv[2])
    seed = os.environ.get("DEEPEN_FUZZ_SEED", "1")
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "failed").mkdir(parents=True)
    shares = sum(format.share for format in FORMATS)
    for format in FORMATS:
        fuzz(format, executable, seed, -(-rounds * format.share // shares))
    return show(FORMATS)


def fuzz(format: Format, executable: str, seed: str, rounds: int) -> None:
    """Runs all cases of a format."""
    started = time.monotonic()
    next_case = 0
    while next_case < rounds:
        count = min(BATCH, rounds - next_case)
        ended_at, failure, log = batch(format, executable, seed, next_case, count)
        if failure:
            if ended_at is None:
                print(log, file=sys.stderr)
                sys.exit(f"error: the process of {format.name} {failure} before its first case.")
            if failure == "hangs":
                format.hangs += 1
            else:
                format.crashes += 1
            format.cases += ended_at - next_case + 1
            keep(format, seed, ended_at, failure, log)
            next_case = ended_at + 1
        else:
            format.cases += count
            next_case += count
        print(
            f"{format.name}: {next_case} of {rounds}, {format.crashes} crashes, {format.hangs} hangs, "
            f"{time.monotonic() - started:.0f} s",
            file=sys.stderr,
        )


def environment(format: Format, seed: str, first: int, count: int, journal: pathlib.Path) -> dict:
    return {
        "DEEPEN_FUZZ_ROUNDS": str(count),
        "DEEPEN_FUZZ_FIRST": str(first),
        "DEEPEN_FUZZ_SEED": seed,
        "DEEPEN_FUZZ_JOURNAL": str(journal),
        "DEEPEN_FUZZ_ONLY": format.name,
    }


def batch(format: Format, executable: str, seed: str, first: int, count: int) -> tuple:
    """Runs some cases in one process; returns the case that ended it, how, and the output."""
    journal = FOLDER / "journal"
    shutil.rmtree(journal, ignore_errors=True)
    journal.mkdir()
    log = FOLDER / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [executable, "--testing-library", "swift-testing", "--filter", format.test],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | environment(format, seed, first, count, journal.resolve()),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)),
        )
        current, since, failure = None, time.monotonic(), None
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if (now := read(journal / f"{format.name}.round")) != current:
                current, since = now, time.monotonic()
            elif time.monotonic() - since > SECONDS_A_CASE:
                failure = "hangs"
                os.kill(process.pid, signal.SIGKILL)
                _, status, usage = os.wait4(process.pid, 0)
                break
            time.sleep(0.05)
    process.returncode = os.waitstatus_to_exitcode(status)
    format.peak = max(format.peak, usage.ru_maxrss // 1024)
    values, errors, surprises = (int(word) for word in (read(journal / f"{format.name}.counts") or "0 0 0").split())
    format.values += values
    format.errors += errors
    format.surprises += surprises
    for file in journal.glob("*.surprise"):
        shutil.copy(file, FOLDER / "failed" / file.name)
    text = log.read_text(errors="replace")
    ended_at = read(journal / f"{format.name}.round")
    ended_at = int(ended_at) if ended_at else None
    finished = values + errors + surprises
    if surprises:
        print(text, file=sys.stderr)
    if failure is None and finished < count:
        failure = f"ends with {process.returncode}"
        if ended_at is not None and finished > ended_at - first:
            sys.exit(f"error: {format.name} ended between its cases:\n{text}")
    return ended_at, failure, text


def keep(format: Format, seed: str, case: int, failure: str, log: str) -> None:
    """Keeps a failed case for inspection."""
    folder = FOLDER / "failed" / f"{format.name}-{case}"
    folder.mkdir()
    shutil.copy(FOLDER / "journal" / f"{format.name}.case", folder / "case")
    settings = environment(format, seed, case, 1, folder.resolve())
    words = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    command = f"{' '.join(words)} swift test --skip-build --traits LlamaCpp --filter {format.test}"
    (folder / "README").write_text(f"Case {case} of {format.name} {failure}.\n\n{command}\n\n{log}")
    print(f"{format.name}: case {case} {failure}; see {folder}", file=sys.stderr)


def read(path: pathlib.Path) -> str | None:
    try:
        return path.read_text() or None
    except FileNotFoundError:
        return None


def show(formats: list) -> int:
    print("| format | cases | values | typed errors | other errors | crashes | hangs | peak MiB |")
    print("| --- | --: | --: | --: | --: | --: | --: | --: |")
    for f in formats:
        cells = [f.name, f.cases, f.values, f.errors, f.surprises, f.crashes, f.hangs, f.peak]
        print(f"| {' | '.join(map(str, cells))} |")
    cases = sum(f.cases for f in formats)
    failed = sum(f.surprises + f.crashes + f.hangs for f in formats)
    print(f"{cases} cases, {failed} failed, at most {max(f.peak for f in formats)} MiB")
    return 1 if failed else 0


sys.exit(main())
