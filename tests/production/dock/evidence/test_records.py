"""The evidence packet of the mailing that walked the line: whole, the same twice, and no change goes unnoticed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select, text

from billing.evidence import read_evidence
from kernel.errors import Conflict, Corrupt, InvalidInput, TooLarge
from kernel.money import Money
from production.dock.evidence import archive as packet
from production.dock.evidence.check import against_database, check_packet
from production.dock.evidence.packet import make_packet
from production.jobs.usage import Unit
from production.mailings.models import Mailing, PresortStream
from production.mailroom.streams import planning
from production.mailroom.streams.recompute import recompute
from store.audit import AuditEntry
from store.db import Actor
from tests.factories import PLANT
from tests.production import mailings
from tests.walked import broken

LOOKING = Actor("looking")
OTHER_FILE = "(SELECT sha256 FROM mailing_file WHERE role = 'tickets')"


@pytest.fixture(scope="module")
def facts(walked_plant):
    with walked_plant.db.read_only(LOOKING) as session:
        return read_evidence(session, session.scalars(select(Mailing)).one())


@pytest.fixture(scope="module")
def made(walked_plant, facts, tmp_path_factory) -> Path:
    return make_packet(walked_plant.files, facts, tmp_path_factory.mktemp("packet"))


@pytest.fixture(scope="module")
def manifest(made):
    with zipfile.ZipFile(made) as archive:
        return json.loads(archive.read("manifest.json"))


def words_of(made, name) -> str:
    with zipfile.ZipFile(made) as archive:
        document = pypdfium2.PdfDocument(archive.read(name))
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def rewritten(made: Path, out: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy with some files changed, added, or (None) left out."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = changes.get(name, source.read(name))
            if data is not None:
                target.writestr(name, data)
        for name in set(changes) - set(source.namelist()):
            target.writestr(name, changes[name] or b"")
    return out


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check_packet(path).findings}


def test_it_holds_everything_and_checks(made, manifest, facts, walked_plant):
    assert check_packet(made).findings == ()
    kinds = {row["kind"] for row in manifest["files"]}
    assert {
        "presort plan", "statement", "statement-data", "qualification", "qualification-data", "tray-labels", "tickets",
        "Mail.dat", "edition", "record", "cover", "affidavit of mailing",
    } <= kinds  # fmt: skip
    (stream,) = facts.planned.streams
    assert manifest["mailing"]["number"] == stream.mailing.number
    assert [(one["name"], one["plan_sha256"]) for one in manifest["streams"]] == [("A", stream.plan_sha256)]
    assert manifest["pieces"] == {
        "planned": stream.pieces, "mailed": stream.pieces - 2, "spoiled": 3, "withdrawn": 2,
        "withdrawn_pieces": "5-6", "unexplained": "",
    }  # fmt: skip
    assert manifest["postage"]["cents"] == stream.summary.figures.postage.cents
    assert [row["receipt"] for row in manifest["custody"]] == ["R-1"]
    assert [(row["agency"], row["rows_in"]) for row in manifest["jobs"]] == [
        (job.agency.code, job.rows_in) for job in facts.jobs
    ]
    assert all(row["path"] and row["source"] for row in manifest["editions"])
    assert any(row["name"].startswith("statement-lines/3600-FCM") for row in manifest["editions"])
    assert len(manifest["print_files"]) == 2  # the segment and its reprint
    assert {row["role"] for row in manifest["lists"]} >= {"list", "accepted_list", "template"}
    assert {row["by"] for row in manifest["approvals"]} == {"approver"}
    with walked_plant.db.read_only(LOOKING) as session:
        entry = session.scalars(select(AuditEntry).filter_by(number=manifest["audit"]["number"])).one()
    assert entry.hash.hex() == manifest["audit"]["hash"]


def test_charges_in_it_are_those_of_the_ledger(made, manifest, facts):
    with zipfile.ZipFile(made) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("records/charges.csv").decode(), newline="")))
    assert len(rows) == len(facts.charges) > 4
    assert sum(Money.parse(row["amount"]).cents for row in rows) == manifest["charges_cents"] > 0
    postage = [Money.parse(row["amount"]).cents for row in rows if row["unit"] == Unit.PERMIT_POSTAGE.value]
    assert sum(postage) == manifest["postage"]["cents"]


def test_the_same_stream_gives_the_same_bytes(walked_plant, facts, made, tmp_path):
    again = make_packet(walked_plant.files, facts, tmp_path)
    assert again.read_bytes() == made.read_bytes()


def test_names_and_addresses_are_in_it_only_when_asked(walked_plant, facts, made, tmp_path):
    assert not any("recipient" in name for name in zipfile.ZipFile(made).namelist())
    whole = make_packet(walked_plant.files, facts, tmp_path, with_prints=True, with_recipients=True)
    with zipfile.ZipFile(whole) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("records/recipients.csv").decode(), newline="")))
        prints = [name for name in archive.namelist() if name.startswith("print/")]
        manifest = json.loads(archive.read("manifest.json"))
    assert [int(row["piece"]) for row in rows] == list(range(1, facts.planned.streams[0].pieces + 1))
    assert all(row["zip5"] and row["street"] for row in rows)
    assert {row["job"] for row in rows} == {job.number for job in facts.jobs}
    assert len(prints) == 2
    assert manifest["with_recipients"]
    with zipfile.ZipFile(made) as archive:
        everything = b"".join(
            archive.read(name) for name in archive.namelist() if not name.startswith("plan/")
        )
    for row in rows[:20]:
        assert row["recipient"].encode() not in everything
        assert row["street"].encode() not in everything


def test_the_affidavit_says_what_was_mailed_and_when(made, facts):
    said = " ".join(words_of(made, "affidavit.pdf").split())
    for words in (
        facts.planned.mailing.number, f"{facts.planned.streams[0].pieces - 2:,}", "Ray", "Post office",
        "receipt R-1", "Signature",
        "Sworn to and subscribed before me", "not a certificate of mailing of the Postal Service",
    ):  # fmt: skip
        assert words in said, words
    cover = words_of(made, "cover.pdf")
    assert "Files of this packet" in cover
    assert "NOT FOR LIVE MAIL" in cover


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("records/charges.csv", "PACKET_HASH"),
        ("plan/A.arrow", "PACKET_HASH"),
        ("affidavit.pdf", "PACKET_HASH"),
    ],
)
def test_a_changed_byte_is_found(made, tmp_path, name, code):
    with zipfile.ZipFile(made) as archive:
        data = bytearray(archive.read(name))
    data[len(data) // 2] ^= 1
    assert codes(rewritten(made, tmp_path / "x.zip", {name: bytes(data)})) == {code}


def test_a_file_lost_or_added_is_found(made, tmp_path):
    assert codes(rewritten(made, tmp_path / "x.zip", {"records/spoils.csv": None})) == {"PACKET_MISSING"}
    assert codes(rewritten(made, tmp_path / "y.zip", {"records/extra.csv": b"x"})) == {"PACKET_UNLISTED"}


def test_a_paper_changed_with_its_hash_is_found_by_its_figures(made, manifest, tmp_path):
    """Somebody who writes the manifest anew as well: the papers no longer tie to the plan."""
    row = next(row for row in manifest["files"] if row["kind"] == "statement-data")
    with zipfile.ZipFile(made) as archive:
        lines = archive.read(row["path"]).decode().splitlines(keepends=True)
    at = next(k for k, line in enumerate(lines) if line.startswith("total,postage,"))
    lines[at] = "total,postage,1.00\r\n"
    changed = "".join(lines).encode()
    source = tmp_path / "changed.csv"
    source.write_bytes(changed)
    listed = asdict(packet.Entry(row["path"], source, row["kind"]).listed())
    files = [listed if one["path"] == row["path"] else one for one in manifest["files"]]
    digest = packet.digest_of(
        packet.Listed(**one) for one in files if one["path"] not in ("cover.pdf", "affidavit.pdf")
    )
    forged = packet.as_json({**manifest, "files": files, "digest": digest})
    out = rewritten(made, tmp_path / "x.zip", {row["path"]: changed, "manifest.json": forged})
    assert codes(out) == {"PACKET_TIE"}
    other = packet.as_json({**manifest, "postage": {**manifest["postage"], "cents": 1}})
    assert codes(rewritten(made, tmp_path / "y.zip", {"manifest.json": other})) == {"PACKET_TIE"}
    other = packet.as_json({**manifest, "digest": "0" * 64})
    assert codes(rewritten(made, tmp_path / "z.zip", {"manifest.json": other})) == {"PACKET_HASH"}


def test_what_is_no_packet_is_refused(made, tmp_path, monkeypatch):
    (tmp_path / "a.zip").write_bytes(b"nothing")
    with pytest.raises(InvalidInput) as refusal:
        check_packet(tmp_path / "a.zip")
    assert refusal.value.instance_code == "ARCHIVE_DAMAGED"
    for data in (b"{}", b"[]", b"not json", b'{"format": "indicia-evidence-2", "files": [{}]}'):
        with pytest.raises(InvalidInput) as refusal:
            check_packet(rewritten(made, tmp_path / "b.zip", {"manifest.json": data}))
        assert refusal.value.instance_code == "PACKET_FORMAT"
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("../out", b"x")
    with pytest.raises(InvalidInput):
        check_packet(tmp_path / "c.zip")
    monkeypatch.setattr(packet, "MAX_BYTES", 10)
    with pytest.raises(TooLarge):
        packet.read_packet(made, tmp_path / "folder")


def test_it_agrees_with_the_database_and_a_changed_one_is_found(walked_plant, facts, made, manifest):
    taken = check_packet(made)
    with walked_plant.db.read_only(LOOKING) as session:
        found = against_database(session, walked_plant.files, taken, facts, sha256="0" * 64)
    assert [(f.code, f.severity.value) for f in found] == [
        ("PACKET_LATER", "note")
    ]  # none is kept with the stream
    cases = (
        ("UPDATE spoil SET piece = piece + 1 WHERE piece = 10", "PACKET_DATABASE"),
        ("UPDATE job SET title = 'Other'", "PACKET_DATABASE"),
        (f"UPDATE mailing_file SET sha256 = {OTHER_FILE} WHERE role = 'statement'", "PACKET_DATABASE"),
        (
            f"UPDATE audit_entry SET hash = '\\x00' WHERE number = {manifest['audit']['number']}",
            "PACKET_AUDIT",
        ),
        ("UPDATE charge SET cents = cents + 1", "PACKET_LATER"),
        ("UPDATE delivery SET receipt = 'R-2'", "PACKET_LATER"),
    )
    for statement, code in cases:
        with broken(walked_plant, statement) as look:
            now = read_evidence(look.session, look.session.get_one(Mailing, facts.planned.mailing.id))
            found = against_database(look.session, walked_plant.files, taken, now, sha256="0" * 64)
        assert code in {finding.code for finding in found if finding.place.file != "evidence"}, statement


def test_papers_that_do_not_tie_make_no_packet(walked_plant, facts, tmp_path):
    halved = replace(
        facts, maildat=replace(facts.maildat, planned=replace(facts.planned, trays=facts.planned.trays[:-1]))
    )
    with pytest.raises((Corrupt, InvalidInput)):
        make_packet(walked_plant.files, halved, tmp_path)


def test_before_it_left_there_is_no_evidence(plant):
    mailings.open_sample(plant)
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=200)))
    with plant.db.read_only(LOOKING) as session, pytest.raises(Conflict) as refusal:
        read_evidence(session, stream.mailing)
    assert refusal.value.instance_code == "STATE"


def test_a_stream_is_sorted_again_to_the_same_bytes(walked_plant, tmp_path):
    with walked_plant.db.read_only(LOOKING) as session:
        facts = planning.read_facts(session, session.scalars(select(PresortStream)).one().mailing)
    (done,) = recompute(walked_plant.files, facts, tmp_path)
    assert done.is_same
    assert done.differences == ()
    assert done.pieces == facts.streams[0].stream.pieces


def test_a_shop_that_moved_still_sorts_an_old_stream_as_it_was(plant, tmp_path):
    mailings.open_sample(plant)
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=400)))
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(
            text(
                "UPDATE shop_profile SET post_office = 'SHREVEPORT LA', origin_zip5 = '71101', allow_test_only = false"
            )
        )
    with plant.db.read_only(LOOKING) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    assert facts.profile.post_office == "SHREVEPORT LA"
    assert [one.is_same for one in recompute(plant.files, facts, tmp_path)] == [True]


def test_another_list_or_policy_gives_another_plan_and_says_how(plant, tmp_path):
    mailings.open_sample(plant)
    jobs = [mailings.approved(plant, pieces=400), mailings.approved(plant, pieces=300, seed=7)]
    stream = mailings.plan(plant, mailings.build(plant, *jobs))
    with plant.db.read_only(LOOKING) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    (own,) = facts.streams
    fewer = replace(facts, streams=[replace(own, shares=own.shares[:1], evidence=own.evidence[:1])])
    (done,) = recompute(plant.files, fewer, tmp_path)
    assert not done.is_same
    assert "400 pieces, kept are 700" in done.differences[0]
    with plant.db.read_only(LOOKING) as session:
        unplanned = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
        session.expunge_all()
    unplanned.streams[0].stream.plan_sha256 = None
    with pytest.raises(Conflict):
        recompute(plant.files, unplanned, tmp_path)
