"""``indicia maildat``: exit codes, JSON and words."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pyarrow as pa
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from postal.maildat.fileset import read_set, write_folder, write_zip
from production.mailings.models import PresortStream
from store.db import Actor
from tests.postal.maildat_sets import changed, sample
from web.commands import plant as plants
from web.commands.console import make_console


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("maildat") / "good.zip"
    write_zip(sample().maildat, path, root="ABCD0001")
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maildat-bad")
    write_folder(changed(sample().maildat, "CSM-1104", b"~~"), folder, root="ABCD0001")
    return folder


def run(*arguments) -> tuple[int, str]:
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)
    done = CliRunner().invoke(console, ["maildat", *map(str, arguments)])
    return done.exit_code, done.stdout + done.stderr


def test_a_good_set_is_valid(good):
    code, text = run("validate", good, "--json")
    result = json.loads(text)
    assert (code, result["valid"], result["findings"]) == (0, True, [])
    assert result["pieces_by_price"] == {"E": 560, "L1": 170, "L2": 55, "S": 17}


def test_a_bad_set_is_named_by_file_record_and_field(bad):
    code, text = run("validate", bad, "--json")
    finding = json.loads(text)["findings"][0]
    assert code == 2
    assert (finding["code"], finding["place"]["row"], finding["place"]["column"]) == (
        "MAILDAT_CODE",
        1,
        "CSM-1104",
    )
    code, text = run("validate", bad)
    assert code == 2
    assert "CSM-1104" in text


def test_reading_writes_tables(good, tmp_path):
    code, text = run("read", good, "--out", tmp_path, "--json")
    assert code == 0
    assert len(json.loads(text)["tables"]) == 11
    with pa.memory_map(str(tmp_path / "ABCD0001-pieces.arrow")) as source:
        assert pa.ipc.open_file(source).read_all().num_rows == 802
    code, text = run("read", good, "--out", tmp_path, "--format", "csv")
    assert code == 0
    assert "802 pieces" in text
    assert len((tmp_path / "ABCD0001-csm.csv").read_text().splitlines()) == 6


def test_differences_have_their_own_exit_code(good, bad):
    assert run("diff", good, good) == (0, "The sets are the same.\n")
    code, text = run("diff", good, bad)
    assert code == 2
    assert "000001: CSM-1104 'J' -> '~~'" in text
    assert json.loads(run("diff", good, bad, "--json")[1])["files"][0]["changed_count"] == 1


def test_what_is_not_a_set_is_a_sentence(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no archive")
    code, text = run("validate", tmp_path / "x.zip")
    assert code == 2
    assert "[ARCHIVE_DAMAGED]" in text
    assert "[ARCHIVE_TOO_LARGE]" in run("read", _large(tmp_path), "--max-mb", 0)[1]


def _large(folder):
    path = folder / "y.zip"
    write_zip(sample().maildat, path, root="Y")
    return path


def test_a_stream_is_written_and_checked(walked_plant, tmp_path, monkeypatch):
    @contextmanager
    def walked():
        yield walked_plant

    monkeypatch.setattr(plants, "opened_plant", walked)
    with walked_plant.db.read_only(Actor("looking")) as session:
        number = session.scalars(select(PresortStream.number)).one()
    code, text = run("write", "--batch", number, "--out", tmp_path / "set.zip", "--version", "25-1", "--json")
    result = json.loads(text)
    assert code == 0
    assert (result["version"], result["records"]["pbc"]) == ("25-1", result["pieces"])
    assert any("not for live mail" in sentence for sentence in result["assumptions"])
    assert read_set(tmp_path / "set.zip").root == result["root"]
    code, text = run("write", "--batch", number, "--out", tmp_path / "folder", "--ready")
    assert code == 0
    assert "NOT FOR LIVE MAIL" in text
    assert run("write", "--batch", "27-999999-9", "--out", tmp_path / "x")[0] == 2
