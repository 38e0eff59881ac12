"""The evidence packet from the stream page and from the console."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from production.dock.dispatch import dispatch
from production.dock.evidence.check import check_packet
from production.jobs.states import OperationCode
from production.mailings.models import MailingFile, PresortStream
from production.mailroom.pieces.reconcile import finish_stream
from store.db import Actor
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings
from web.commands import plant as plants
from web.commands.console import make_console
from workers.runtime import drain


def run(*arguments) -> tuple[int, str]:
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)
    done = CliRunner().invoke(console, ["evidence", *map(str, arguments)])
    return done.exit_code, done.stdout + done.stderr


@pytest.fixture
def left(plant, app):
    """A stream on its way, with its papers."""

    def make():
        stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=300)))
        drain(plant)
        for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
            for operation in mailings.operations(plant, stream, kind):
                mailings.run(plant, operation)
        with plant.db.unit_of_work(PLANT) as uow:
            row = uow.session.get_one(PresortStream, stream.id)
            finish_stream(uow, row)
            dispatch(
                uow,
                row.mailing,
                files=plant.files,
                taken_by="Ray",
                place="Baton Rouge BMEU",
                way="post_office",
                knowing=("DISPATCH_EARLY",),
            )
        return stream

    return begin(plant, "left", make)


def test_the_button_makes_a_packet_that_checks(plant, left, sign_in, tmp_path):
    mona = sign_in("mail_operator")
    page = f"/mailroom/mailings/{left.mailing.number}"
    done = mona.submit(page, f"{page}/evidence", follow=True)
    assert "is being made" in done.text
    drain(plant)
    assert "Evidence of mailing" in mona.get(page).text
    answer = mona.get(f"{page}/papers/evidence")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (tmp_path / "p.zip").write_bytes(answer.data)
    assert check_packet(tmp_path / "p.zip").findings == ()
    # Made again with nothing changed: the very same file.
    mona.submit(page, f"{page}/evidence")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        kept = session.scalars(
            select(MailingFile).filter_by(mailing_id=left.mailing_id, role="evidence")
        ).one()
    assert plant.files.path(kept.sha256).read_bytes() == answer.data


def test_a_stream_in_the_plant_has_no_button_and_no_packet(plant, sign_in, app):
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=200)))
    mona = sign_in("mail_operator")
    page = f"/mailroom/mailings/{stream.mailing.number}"
    assert "evidence packet" not in mona.get(page).text
    stream_page = f"/mailroom/streams/{stream.number}"
    _, hidden = mona.hidden(stream_page, f"{stream_page}/hold")
    refused = mona.post(f"{page}/evidence", data=hidden)
    assert refused.status_code == 409
    assert "has not left the plant" in refused.text


def test_the_console_writes_checks_and_recomputes(plant, left, tmp_path, monkeypatch):
    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(plants, "opened_plant", opened)
    out = tmp_path / "packets" / "p.zip"
    code, said = run("write", left.mailing.number, out, "--json")
    assert code == 0
    written = json.loads(said)
    assert (written["mailing"], written["size"]) == (left.mailing.number, out.stat().st_size)
    assert run("write", left.number, tmp_path / "q.zip", "--recipients", "--print-files")[0] == 0
    assert (tmp_path / "q.zip").stat().st_size > out.stat().st_size
    code, said = run("check", out, "--database", "--json")
    checked = json.loads(said)
    assert (code, checked["good"], checked["mailing"]) == (0, True, left.mailing.number)
    assert {finding["code"] for finding in checked["findings"]} == {"PACKET_LATER"}
    assert "all as told" in run("check", out)[1]
    data = bytearray(out.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "bad.zip").write_bytes(data)
    assert run("check", tmp_path / "bad.zip")[0] == 2
    code, said = run("recompute", left.number, "--json")
    assert (code, json.loads(said)["same"]) == (0, True)
    assert "the same plan" in run("recompute", left.number)[1]
    for arguments in (("write", "27-999999-9", out), ("recompute", "27-999999-9")):
        assert run(*arguments)[0] == 2


def test_the_packet_takes_the_maildat_that_was_written(plant, left, sign_in, tmp_path):
    mona = sign_in("mail_operator")
    page = f"/mailroom/streams/{left.number}/maildat"
    mona.submit(page, version="25-1", pieces="pdr")
    drain(plant)
    mailing = f"/mailroom/mailings/{left.mailing.number}"
    mona.submit(mailing, f"{mailing}/evidence")
    drain(plant)
    (tmp_path / "p.zip").write_bytes(mona.get(f"{mailing}/papers/evidence").data)
    packet = check_packet(tmp_path / "p.zip")
    assert packet.findings == ()
    assert any(row.path.endswith(".pdr") for row in packet.manifest.files)
    with plant.db.read_only(Actor("looking")) as session:
        assert session.scalars(select(MailingFile).filter_by(role="maildat")).one()
