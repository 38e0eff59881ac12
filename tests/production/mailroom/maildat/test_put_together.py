"""The Mail.dat of a stream that walked the line: agrees with plan, trays and statement to the piece and the cent."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, Corrupt, InvalidInput, NotFound
from kernel.money import to_cents
from postal.barcodes.imb import decode
from postal.barcodes.imb_batch import encode_lines
from postal.maildat.fileset import read_set, write_folder, write_zip
from postal.maildat.mailing import Sender
from postal.maildat.overview import overview, piece_list, postage, statement_rows
from postal.maildat.records import to_arrow
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate
from production.mailings.models import Mailing, MailingFile, PresortShare, PresortStream, Tray
from production.mailings.streams import mailing_by_number
from production.mailroom.maildat.models import OwnerIds
from production.mailroom.maildat.put_together import describe_mailing, read_facts, sender_of
from production.mailroom.maildat.settings import NO_SETTINGS, MaildatSettings, read_settings_file
from store.db import Actor

LOOKING = Actor("looking")
OWNERS = MaildatSettings(
    Sender("", license_code="ABCD", crid="98765432"),
    {"DEX": OwnerIds(crid="1000001"), "OSR": OwnerIds(mailer_id="900000001")},
)


@pytest.fixture(scope="module")
def facts(walked_plant):
    with walked_plant.db.read_only(LOOKING) as session:
        return read_facts(session, session.scalars(select(Mailing)).one())


def made(plant, facts, **options):
    values = {"version": "26-1", "software": "0.1.0", "settings": OWNERS} | options
    with plant.db.read_only(LOOKING):
        return describe_mailing(plant.files, facts, **values)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pieces", ["pbc", "pdr"])
def test_it_validates_and_comes_back_the_same(walked_plant, facts, tmp_path, version, pieces):
    set_made = made(walked_plant, facts, version=version, full_pieces=pieces)
    write_zip(set_made.described.maildat, tmp_path / "x.zip", root=set_made.root)
    read = read_set(tmp_path / "x.zip")
    assert read.findings == ()
    assert {finding.severity.value for finding in validate(read.maildat)} <= {"warn"}
    again = made(walked_plant, facts, version=version, full_pieces=pieces)
    write_zip(again.described.maildat, tmp_path / "y.zip", root=again.root)
    assert (tmp_path / "x.zip").read_bytes() == (tmp_path / "y.zip").read_bytes()


def test_counts_agree_with_plan_trays_slices_and_statement(walked_plant, facts):
    set_made = made(walked_plant, facts)
    maildat, plan = set_made.described.maildat, set_made.plan
    with walked_plant.db.read_only(LOOKING) as session:
        trays = session.scalars(select(Tray).order_by(Tray.number)).all()
        slices = session.scalars(select(PresortShare).order_by(PresortShare.position)).all()
        paper = session.scalars(select(MailingFile).filter_by(role="statement-data")).one()
    containers = to_arrow(maildat["csm"]).to_pylist()
    assert [row["CSM-1120"] for row in containers] == [
        tray.last_piece - tray.first_piece + 1 for tray in trays
    ]
    assert [row["CSM-1150"] for row in containers] == [tray.barcode for tray in trays]
    figures = overview(maildat)
    assert figures.pieces == plan.pieces == facts.planned.streams[0].pieces
    assert figures.pieces_by_unit == {f"{n:05d}": part.pieces for n, part in enumerate(slices, start=1)}

    text = walked_plant.files.path(paper.sha256).read_text("utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert sorted(int(row[6]) for row in rows if row[0] == "line") == sorted(
        row.pieces for row in statement_rows(maildat)
    )
    rates = {level.mail_dat_price: level.rate for level in plan.levels if level.rate}
    total = to_cents(postage(maildat, rates))
    assert total == plan.postage == facts.planned.streams[0].summary.figures.postage
    assert next(row[2] for row in rows if row[:2] == ["total", "postage"]) == total.plain


def test_pieces_carry_the_printed_barcodes_and_the_withdrawn_are_marked(walked_plant, facts):
    maildat = made(walked_plant, facts).described.maildat
    listed = piece_list(maildat).slice(0, 50).to_pylist()
    stream = facts.planned.streams[0]
    first = stream.first_serial
    for n, row in enumerate(listed):
        tracking = f"00{stream.service_type_id}{stream.mailer_id}{first + n:09d}"
        assert row["tracking"] == tracking
        assert len(row["routing"] or "") in (0, 5, 9, 11)
    letters = next(iter(encode_lines([f"{listed[0]['tracking']},{listed[0]['routing']}"])))
    assert decode(letters) == (listed[0]["tracking"], listed[0]["routing"])
    marks = to_arrow(maildat["pbc"])["PBC-1117"].to_pylist()
    assert [n for n, mark in enumerate(marks, start=1) if mark == "S"] == [5, 6]


def test_each_agency_is_an_owner_with_the_shop_as_preparer(walked_plant, facts):
    set_made = made(walked_plant, facts)
    accounts = to_arrow(set_made.described.maildat["mpa"]).to_pylist()
    assert [(row["MPA-1121"], row["MPA-1122"]) for row in accounts] == [
        (None, "1000001"),
        ("900000001", None),
    ]
    assert {row["MPA-1124"] for row in accounts} == {"98765432"}
    assert set_made.root == "ABCD" + set_made.root[4:]
    header = set_made.described.maildat.header()
    assert header["HDR-1102"] == facts.planned.mailing.number
    assert len(header["HDR-1001"]) == 8


def test_what_is_not_entered_is_among_the_assumptions(walked_plant, facts):
    said = made(walked_plant, facts, settings=NO_SETTINGS).described.assumptions
    assert any("By/For is incomplete" in sentence for sentence in said)
    assert any("user license code" in sentence for sentence in said)
    assert set(made(walked_plant, facts).plan.assumptions) <= set(said)


def test_a_maildat_of_another_plan_is_never_handed_out(walked_plant, facts):
    halved = replace(facts, planned=replace(facts.planned, trays=facts.planned.trays[:-1]))
    with pytest.raises((Corrupt, InvalidInput)) as refusal:
        made(walked_plant, halved)
    assert refusal.value.instance_code == "MAILDAT_MAILING"


def test_settings_complete_and_overrule_the_profile(facts, tmp_path):
    path = tmp_path / "maildat.toml"
    path.write_text(
        'crid = "7"\npermit_zip = "708020001"\nmove_update_date = 2026-11-01\n[owners.DEX]\ncrid = "8"\n'
    )
    settings = read_settings_file(path)
    sender = sender_of(facts.profile, settings)
    assert (sender.crid, sender.permit_zip, sender.move_update_date.year) == ("7", "708020001", 2026)
    assert sender.name == facts.profile.name
    assert settings.owners == {"DEX": OwnerIds(crid="8")}


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "crid = 7",
        'move_update_date = "2026-11-01"',
        "owners = 3",
        "[owners.DEX]\nname = 'x'",
        "crid =",
    ],
)
def test_wrong_settings_are_named(tmp_path, text):
    path = tmp_path / "maildat.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as refusal:
        read_settings_file(path)
    assert refusal.value.instance_code == "MAILDAT_SETTINGS"


def test_an_unknown_and_an_unplanned_stream(walked_plant):
    with walked_plant.db.read_only(LOOKING) as session:
        with pytest.raises(NotFound):
            mailing_by_number(session, "M27-9999")
        stream = session.scalars(select(PresortStream)).one()
        with session.no_autoflush:
            stream.plan_sha256 = None
            with pytest.raises(Conflict):
                read_facts(session, stream.mailing)
            session.expire(stream)


def test_a_folder_holds_the_least_a_transmission_needs(walked_plant, facts, tmp_path):
    set_made = made(walked_plant, facts)
    names = {path.suffix for path in write_folder(set_made.described.maildat, tmp_path, root=set_made.root)}
    assert names == {".hdr", ".seg", ".mpu", ".mcr", ".mpa", ".cpt", ".csm", ".cqt", ".pqt", ".pbc"}
