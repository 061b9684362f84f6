"""Makes the ONNX form of a GGUF model in the cache, with Python packages in an environment of its own."""
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import store
from console import Problem, megabytes, say

HERE = Path(__file__).resolve().parent
# Files whose change makes the folder out of date.
SOURCES = ("make_onnx.py", "llama_file.py", "llama_graph.py", "byte_level.py", "requirements.txt")
# What the folder was made from, inside it.
RECORD = "conversion.json"


def record(entry):
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    return {"source": entry.source.sha256, "converter": digest.hexdigest()}


def is_current(entry, models):
    """Whether the folder is there and was made from this model by these sources."""
    try:
        return json.loads((models / entry.file / RECORD).read_text()) == record(entry)
    except (OSError, ValueError):
        return False


def environment(models):
    """The Python of the environment; it is installed where it is missing or the requirements have changed."""
    if sys.version_info < (3, 11):
        raise Problem(f"The conversion needs Python 3.11 or later, and this is {sys.version.split()[0]}.",
                      "Put a later python3 first in PATH, or bring GGUF models only: Tools/real-models smollm2-135m")
    place = models / "python"
    python, installed = place / "bin" / "python", place / "requirements.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if python.exists() and installed.is_file() and installed.read_text() == wanted:
        return python
    store.require_space(models, 400_000_000, "The environment for the conversion")
    say("Installing the conversion's packages from PyPI (60 MB).")
    run([sys.executable, "-m", "venv", "--clear", place],
        Problem("Python cannot create a virtual environment; its message is above.", "apt-get install python3-venv"))
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
         "-r", HERE / "requirements.txt"],
        Problem("pip could not install the conversion's packages; its message is above.",
                "Check the network (PIP_INDEX_URL and PIP_CERT name a mirror and its certificate), run this again."))
    # Written last: without it the environment is installed again.
    installed.write_text(wanted)
    return python


def run(command, problem):
    if subprocess.run([str(part) for part in command], stdout=sys.stderr).returncode:
        raise problem


def bring(entry, verifies, models, work):
    """The folder, made or found, and compared with NumPy when it is made or where that is asked for."""
    final, source = models / entry.file, models / entry.source.file
    is_there = is_current(entry, models)
    if is_there and not verifies:
        return say(f"{entry.file} is there.")
    python, unfinished = environment(models), work / entry.file
    if not is_there:
        store.require_space(models, entry.size, entry.title)
        say(f"Making {entry.file} ({megabytes(entry.size)}).")
        run([python, HERE / "make_onnx.py", source, unfinished],
            Problem(f"{entry.file} could not be made; the message is above.",
                    f"Run Tools/real-models --verify {entry.source.name} to see whether its file is whole."))
    say("Comparing its logits with NumPy's.")
    run([python, HERE / "check_onnx.py", source, final if is_there else unfinished]
        + ([] if verifies else ["--tokens", "40"]),
        Problem(f"{entry.file} does not compute what its GGUF file says; the message is above.",
                f"Remove {final} and run this again; if it stays so, report it with the message."))
    if not is_there:
        (unfinished / RECORD).write_text(json.dumps(record(entry), indent=2) + "\n")
        store.publish(unfinished, final)
        say(f"{final} is ready.")
