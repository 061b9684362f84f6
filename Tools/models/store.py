"""The folder of models in the user's cache.

A name in it is whole and verified: files are written in a folder beside it and renamed at the end. One run writes at a
time.
"""
import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from console import Problem, megabytes, say


def folder():
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "swift-deepen" / "models"


def sha256(path, progress=lambda done: None):
    digest, done = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            done += len(block)
            progress(done)
    return digest.hexdigest()


@contextmanager
def exclusive(models):
    """The folder for one process; a second one waits. Gives a folder for unfinished work, removed at the end."""
    try:
        models.mkdir(parents=True, exist_ok=True)
        lock = open(models / "lock", "w")
    except OSError as error:
        raise Problem(f"The folder {models} cannot be written: {error.strerror}.",
                      "Make it writable, or set XDG_CACHE_HOME to a folder that is.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is bringing models; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in models.glob("unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        work = models / f"unfinished-{os.getpid()}"
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def require_space(models, size, purpose):
    free = shutil.disk_usage(models).free
    if free < size * 1.02 + 50e6:
        raise Problem(f"{purpose} needs {megabytes(size)} in {models}, and {megabytes(free)} are free.",
                      "Make room, or set XDG_CACHE_HOME to a folder on a larger disk.")


def publish(unfinished, final):
    """Gives a file or folder its final name, after its content has reached the disk."""
    files = [unfinished] if unfinished.is_file() else [path for path in unfinished.rglob("*") if path.is_file()]
    for file in files:
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
    if final.is_dir():
        shutil.rmtree(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(unfinished, final)
