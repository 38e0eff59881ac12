"""Static files: checked at start, one fingerprint, cached for ever."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from flask import Flask

from kernel.errors import Corrupt, Unavailable
from web import assets


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.css").write_text("p { margin: 0 }", "utf-8")
    (tmp_path / "vendor" / "theirs.js").write_text("let x;", "utf-8")
    digest = hashlib.sha256(b"let x;").hexdigest()
    manifest = {"files": {"theirs.js": {"sha256": digest, "licence": "MIT", "package": "theirs 1"}}}
    (tmp_path / "vendor" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return tmp_path


def test_a_file_is_served_under_its_fingerprint_for_ever(static: Path) -> None:
    app = Flask("test", static_folder=None)
    assets.install(app, static=static)
    url = app.jinja_env.globals["asset"]("css/base.css")  # type: ignore[operator]
    with app.test_client().get(url) as answer:
        assert answer.status_code == 200
        assert answer.data == b"p { margin: 0 }"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert app.test_client().get("/static/000000000000/css/base.css").status_code == 404


def test_an_unknown_name_stops_the_template(static: Path) -> None:
    app = Flask("test", static_folder=None)
    assets.install(app, static=static)
    with pytest.raises(LookupError):
        app.jinja_env.globals["asset"]("css/gone.css")  # type: ignore[operator]


def test_the_fingerprint_follows_the_content(static: Path) -> None:
    before = assets.fingerprint(static)
    assert before == assets.fingerprint(static)
    (static / "css" / "base.css").write_text("p { margin: 1px }", "utf-8")
    assert assets.fingerprint(static) != before


def test_changed_and_missing_assets_stop_the_start(static: Path) -> None:
    assets.check_vendor(static / "vendor")
    (static / "vendor" / "theirs.js").write_text("let y;", "utf-8")
    with pytest.raises(Corrupt) as changed:
        assets.check_vendor(static / "vendor")
    assert changed.value.details["files"] == ["theirs.js"]
    (static / "vendor" / "theirs.js").unlink()
    with pytest.raises(Unavailable):
        assets.check_vendor(static / "vendor")


def test_what_set_up_installed_is_whole() -> None:
    assets.check_vendor(assets.STATIC / "vendor")
    files = json.loads((assets.STATIC / "vendor" / "manifest.json").read_text("utf-8"))["files"]
    assert all(entry["licence"] and entry["package"] for entry in files.values())
    assert "dejavu-fonts-ttf/ttf/DejaVuSans.ttf" in files
