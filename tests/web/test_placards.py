"""Placards from the trays page: every tray once, barcodes that scan and never come twice."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from kernel.errors import InvalidInput
from postal.trays.container_barcode import ContainerBarcode
from production.mailings.models import MailingFile, Tray
from production.mailroom.papers.placards import Span, parse_spans
from tests.factories import PLANT
from tests.production import mailings


def scanned(plant) -> list[str]:
    with plant.db.read_only(PLANT) as session:
        kept = session.scalars(select(MailingFile).filter_by(role="placards")).one()
    document = pypdfium2.PdfDocument(plant.files.path(kept.sha256))
    pages = [page.render(scale=200 / 72, grayscale=True).to_numpy().squeeze() for page in document]
    codes = [code for page in pages for code in zxingcpp.read_barcodes(page)]
    assert {code.content_type for code in codes} == {zxingcpp.ContentType.GS1}
    return [code.text.replace("(", "").replace(")", "") for code in codes]


def test_spans_put_every_tray_on_one_container():
    assert parse_spans("1-3, 4;5-9", 9) == [Span(1, 3), Span(4, 4), Span(5, 9)]
    for text in ("", "1-3", "1-3, 5-9", "1-5, 4-9", "1-10", "3-1, 2-9", "x", "1-9, 10-"):
        with pytest.raises(InvalidInput) as refusal:
            parse_spans(text, 9)
        assert refusal.value.instance_code == "PLACARD"
    with pytest.raises(InvalidInput):
        parse_spans(", ".join(str(n) for n in range(1, 302)), 301)


def test_placards_are_printed_scan_and_have_serials_of_their_own(plant, sign_in, app):
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=1_500)))
    with plant.db.read_only(PLANT) as session:
        trays = len(session.scalars(select(Tray).filter_by(lot_id=stream.id)).all())
    assert trays >= 2
    mona = sign_in("mail_operator")
    mailing = f"/mailroom/mailings/{stream.mailing.number}"
    page, action = f"{mailing}/trays", f"{mailing}/placards"
    refused = mona.submit(page, action, spans=f"1-{trays + 3}")
    assert refused.status_code == 422
    assert f"trays 1 to {trays}" in refused.text
    done = mona.submit(page, action, spans=f"1, 2-{trays}", follow=True)
    assert "2 placards are among the papers" in done.text
    assert "Container placards" in done.text
    first = scanned(plant)
    assert [ContainerBarcode.parse(code).mailer_id for code in first] == [stream.mailer_id] * 2
    mona.submit(page, action, spans=f"1-{trays}")
    assert len({*first, *scanned(plant)}) == 3
