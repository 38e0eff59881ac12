"""Make the virtual environment from the lock: `make setup` calls this with the machine's own Python.

Needs nothing but the standard library. Every way to fail ends in one plain sentence and exit code 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
NEEDED_PYTHON = (3, 11)
NEEDED_BYTES = 2_000_000_000  # seen: 1.0 GB installed, and as much again while wheels are unpacked


def stop(sentence: str) -> NoReturn:
    """Say it and leave with exit code 1."""
    sys.exit(f"Set-up stopped: {sentence}")


def check_machine() -> None:
    """Python version, venv module and room on the disk, before anything is written."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.version_info < NEEDED_PYTHON:
        stop(
            f"Python 3.11 or newer is needed and {sys.executable} is {version}. "
            "Install one, or name it: make setup PYTHON=python3.11"
        )
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        stop(
            "this Python has no venv module. "
            f"On Debian or Ubuntu install it with: apt-get install python{version}-venv"
        )
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES and not PYTHON.exists():
        stop(
            f"about {NEEDED_BYTES // 10**6:,} MB of disk are needed in {ROOT} "
            f"and {free // 10**6:,} MB are free."
        )


def run(*command: str, quiet: bool = True) -> bool:
    """True when the command went well; its last lines are shown when it did not."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and not quiet:
        print("\n".join(done.stdout.splitlines()[-12:]), file=sys.stderr)
    return done.returncode == 0


def make_environment() -> None:
    """A .venv whose Python starts; a broken or moved one is made again."""
    if PYTHON.exists() and run(str(PYTHON), "-c", "import pip"):
        return
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    if not run(sys.executable, "-m", "venv", "--clear", str(VENV), quiet=False):
        stop(f"the virtual environment could not be made in {VENV}.")


def install_locked() -> None:
    """Exactly the packages of requirements.lock, every file checked against its hash."""
    print("Installing the locked packages into .venv (about 1 GB; a few minutes the first time)", flush=True)
    uv = [str(VENV / "bin" / "uv"), "pip"]
    pip = [str(PYTHON), "-m", "pip"]
    with_uv = run(*pip, "install", "--quiet", "uv>=0.9") and run(
        *uv, "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK)
    )
    if not with_uv and not run(*pip, "install", "--quiet", "--require-hashes", "-r", str(LOCK), quiet=False):
        stop("the packages could not be installed (see above). " + probable_cause())
    editable = ["--quiet", "--no-deps", "-e", str(ROOT)]
    if not run(*uv, "install", "--python", str(PYTHON), *editable) and not run(
        *pip, "install", *editable, quiet=False
    ):
        stop("the indicia command could not be installed (see above). " + probable_cause())


def probable_cause() -> str:
    """What a person looks at first."""
    if shutil.disk_usage(ROOT).free < 100_000_000:
        return f"The disk that holds {ROOT} is full."
    return "Look at the network, and at HTTPS_PROXY if there is a proxy, then run make setup again."


def main() -> None:
    """The whole of it, in order."""
    os.environ.pop("PYTHONPATH", None)
    check_machine()
    make_environment()
    install_locked()


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        stop(f"{error.strerror or error} ({error.filename or ROOT}). " + probable_cause())
    except KeyboardInterrupt:
        stop("interrupted; run make setup again.")
