"""Styles, scripts and fonts: checked at start against the set-up manifest, served under one fingerprint.

The fingerprint is a folder in the URL (``/static/<fingerprint>/css/base.css``), so that relative references
inside stylesheets and modules keep working and every file may be cached for ever.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from kernel.errors import Corrupt, Unavailable

STATIC = Path(__file__).resolve().parent.parent / "static"
_REMEDY = "Run make setup."
_ONE_YEAR = 365 * 24 * 3600


def install(app: Flask, *, static: Path = STATIC) -> None:
    """Serves ``static``; gives templates ``asset(path)``. Unavailable or Corrupt when set-up is wrong."""
    check_vendor(static / "vendor")
    prefix = f"/static/{fingerprint(static)}/"
    known = {path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()}

    def asset(path: str) -> str:
        if path not in known:
            raise LookupError(f"no such static file: {path}")
        return prefix + path

    app.jinja_env.globals["asset"] = asset
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(static),
        prefix=prefix,
        max_age=_ONE_YEAR,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=_never_sniff,
    )


def check_vendor(vendor: Path) -> None:
    """Every third-party file has the SHA-256 that set-up wrote down."""
    try:
        files = json.loads((vendor / "manifest.json").read_text("utf-8"))["files"]
        wrong = [name for name, entry in files.items() if _sha256(vendor / name) != entry["sha256"]]
    except FileNotFoundError as error:
        raise Unavailable(
            "The browser assets are not installed.", code="ASSETS_MISSING", remedy=_REMEDY
        ) from error
    if wrong:
        raise Corrupt(
            "Browser assets differ from what set-up installed.",
            code="ASSETS_CHANGED",
            remedy=_REMEDY,
            files=wrong,
        )


def fingerprint(static: Path) -> str:
    """12 hex digits over all names and contents; the manifest stands for the vendor folder."""
    digest = hashlib.sha256()
    for path in sorted(static.rglob("*")):
        relative = path.relative_to(static)
        if path.is_file() and (relative.parts[0] != "vendor" or path.name == "manifest.json"):
            digest.update(f"{relative.as_posix()}\0{_sha256(path)}\n".encode())
    return digest.hexdigest()[:12]


def _never_sniff(headers: Headers, path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    if path.endswith("/js/away.js"):  # a service worker answers for no other pages unless its server says so
        headers["Service-Worker-Allowed"] = "/floor"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
