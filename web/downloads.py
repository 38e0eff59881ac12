"""Kept files to the browser: by hash after a view has checked who asks, verified, under a safe name."""

from __future__ import annotations

from pathlib import PureWindowsPath

from flask import Response, request, send_file

from web.frame import plant

# Only what our own steps made is shown in the browser; what people sent is only ever downloaded.
_SHOWN = {"image/png", "application/pdf"}


def send_kept(sha256: str, media_type: str, name: str, *, as_attachment: bool = True) -> Response:
    """The file with this hash; Corrupt when it is missing or damaged."""
    path = plant().files.checked_path(sha256)
    is_attachment = as_attachment or media_type not in _SHOWN
    answer = send_file(
        path, mimetype=media_type, as_attachment=is_attachment, download_name=safe_name(name), etag=sha256,
        conditional=True,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def send_proof(sha256: str, what: str) -> Response:
    """The signature or the photo of a delivery."""
    kind, name = ("image/png", "signature.png") if what == "signature" else ("image/jpeg", "photo.jpg")
    return send_kept(sha256, kind, name, as_attachment=False)


def send_png(data: bytes) -> Response:
    """A picture drawn for this request; one that the browser has is not sent again."""
    answer = Response(data, mimetype="image/png")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def safe_name(name: str) -> str:
    """The last part of a path of any system, printable, at most 150 characters."""
    last = PureWindowsPath(name).name
    cleaned = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|?*:;').strip(
        ". "
    )
    return cleaned[-150:] or "file"
