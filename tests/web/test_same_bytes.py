"""The sample mailing gives the files it always gave. ``same_bytes.json`` holds their hashes and the commit they were
taken at: a house that is rebuilt inside prints, files and charges as before.

The clock stands still, so all that is left to chance is in ``CHANCE``. Whoever changes a file on purpose writes the new
hashes there, with the file and the reason under ``changed``.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import time_machine
from sqlalchemy import select

from billing.chargeback import request_export
from billing.models import ExportRun
from billing.periods import ask_to_close, close_period, consequences, open_period
from kernel import clock
from production.mailings.models import MailingFile, PresortStream
from production.mailroom.maildat import kept
from tests.production import mailings
from web.commands.demo import SAMPLE_PIECES, walk_sample
from web.commands.line import APPROVER, CONSOLE_ACTOR, Stages, findings_of
from web.commands.mailing import report
from web.commands.sample import load_sample_plant
from workers.runtime import drain

RECORDED = json.loads(Path(__file__).with_name("same_bytes.json").read_text(encoding="utf-8"))
DAY = datetime(
    2026, 11, 28, 16, tzinfo=UTC
)  # a Saturday: the sample is for Monday, however its day is proposed
SETS = (("25-1", "pbc"), ("26-1", "pdr"))
PIECES_A_SEGMENT = 1_000  # more than one print file
# What differs from run to run: (files, what, why).
CHANCE = (
    ("chargeback", rb"01[0-9A-HJKMNP-TV-Z]{24}", "public ids of charges and evidence end in 80 random bits"),
    (".hdr", rb"Indicia {23}.{10}", "the version of the program changes with each release"),
)


def test_the_sample_mailing_gives_the_same_bytes(plant, tmp_path):
    with time_machine.travel(DAY, tick=False):
        made = {name: _hashes(name, data) for name, data in _files(plant, tmp_path)}
    compared = 2 if RECORDED["zlib"] == zlib.ZLIB_RUNTIME_VERSION else 1
    expected, found = (
        {name: hashes[:compared] for name, hashes in of.items()} for of in (RECORDED["files"], made)
    )
    assert found == expected, f"the files are in {tmp_path}"


def _files(plant, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the mailing, its Mail.dat in both versions, and the month's chargeback: (name, content)."""
    load_sample_plant(plant)
    mailings.set_shop(plant, pieces_per_segment=PIECES_A_SEGMENT)
    job, stream = walk_sample(plant, drain, Stages(), SAMPLE_PIECES)
    for file in report(plant, job, stream, findings_of(plant, job), folder).files:
        yield Path(file.path).name, Path(file.path).read_bytes()
    for version, pieces in SETS:
        with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
            row = uow.session.get_one(PresortStream, stream.id)
            kept.request_maildat(uow, row.mailing, version=version, pieces=pieces, is_ready=True)
        drain(plant)
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            written = session.scalars(
                select(MailingFile).filter_by(mailing_id=stream.mailing_id, role="maildat")
            ).one()
        with zipfile.ZipFile(plant.files.checked_path(written.sha256)) as archive:
            yield from ((f"{version}/{name}", archive.read(name)) for name in archive.namelist())
    _export_month(plant)
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        run = session.scalars(select(ExportRun)).one()
    content = plant.files.checked_path(run.file_sha256).read_bytes()
    (folder / "chargeback.csv").write_bytes(content)
    yield "chargeback.csv", content


def _export_month(plant) -> None:
    """The month of the day, closed by two and exported."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        period = open_period(uow, clock.today())
        knowing = [one.code for one in consequences(uow.session, period, clock.today())]
        ask_to_close(uow, period, knowing=knowing)
    with plant.db.unit_of_work(APPROVER) as uow:
        close_period(uow, open_period(uow, clock.today()), knowing=knowing)
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        request_export(uow, open_period(uow, clock.today()))
    drain(plant)


def _hashes(name: str, data: bytes) -> list[str]:
    """SHA-256 of what a file says and, for a PDF, of its bytes: what a compressor makes of the same words is its own
    affair, so those are compared only where the compressor is the one of the record.
    """
    for files, what, _ in CHANCE:
        if files in name:
            data = _numbered(what, data)
    said = [_unpacked(data), data] if data.startswith(b"%PDF") else [data]
    return [hashlib.sha256(one).hexdigest() for one in said]


def _numbered(what: bytes, data: bytes) -> bytes:
    """What is left to chance, replaced by its number: the same stays the same, and what differs stays apart."""
    numbers: dict[bytes, bytes] = {}
    return re.sub(what, lambda found: numbers.setdefault(found[0], b"<%d>" % len(numbers)), data)


def _unpacked(data: bytes) -> bytes:
    """A PDF with its streams as they are before compression."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True,
        )  # fmt: skip
    return out.getvalue()
