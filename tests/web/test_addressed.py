"""A postcard is printed and then addressed itself: no letter, no envelope, no inserting, one order to its charges."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select

from billing.models import Charge
from billing.verify import verify
from kernel.errors import InvalidInput
from kernel.money import ZERO
from production.frontdesk.lists.samples import write_sample_list
from production.frontdesk.orders import canceling
from production.frontdesk.orders.canceling import Beside
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job, Operation, Usage
from production.jobs.states import JobState
from production.jobs.states import OperationCode as K
from production.mailings.models import LetterJob
from production.prepress.merge.fields import default_fields
from tests.factories import PLANT
from tests.production import mailings
from tests.web import ordering, spec_ordering
from tests.web.print_ordering import due
from tests.web.spec_ordering import on
from tests.web.test_spec_orders import rows
from tests.workers.test_line import consent, work_the_floor
from web.commands.print_line import carry_out
from workers.runtime import drain

SIX_BY_FOUR = (432, 288)


def test_a_postcard_is_printed_then_addressed_and_charged_to_the_cent(sign_in, plant, tmp_path) -> None:
    spec_ordering.press_card(plant)
    rita = sign_in("requester")
    alone = rita.get("/drafts/new").text
    assert "The printed card itself" not in alone, "nothing is printed there"
    asked = {"quantity": "620", "size": "6x4", "sides": "2"}
    details = on(spec_ordering.choose(rita, "postcard", **asked))
    url = on(spec_ordering.detail(rita, details, mailed="yes"))
    step = on(spec_ordering.send_files(rita, url, tmp_path, card=(2, SIX_BY_FOUR)))
    page = rita.get(step).text
    assert '<option value="postcard4x6" selected' in page and "postcard6x9" not in page
    typed = {
        "title": "Cards", "mail_date": due().isoformat(), "mail_class": "first-class", "splits-DEX-100": "1",
        "envelope": "postcard4x6",
    }  # fmt: skip
    files = on(rita.submit(step, **typed))
    assert 'name="template"' not in rita.get(files).text
    write_sample_list(tmp_path / "people.csv", 600)
    people = (io.BytesIO((tmp_path / "people.csv").read_bytes()), "people.csv")
    columns = on(rita.submit(files, content_type="multipart/form-data", list=people))
    boxes = on(ordering.confirm_columns(rita, columns))
    usual = json.dumps(default_fields(SIX_BY_FOUR).to_json())
    on(spec_ordering.send(rita, on(rita.submit(boxes, go="keep", boxes=usual))))
    drain(plant)
    printed, mailed = rows(plant, select(Job).order_by(Job.id))
    assert (printed.state, mailed.state, mailed.mail_shape) == (
        JobState.PROOF_READY,
        JobState.PROOF_READY,
        "card",
    )
    assert (mailed.pages, mailed.weight_oz) == (1, mailed.enclosed_oz.quantize(Decimal("0.0001")))
    assert "Page 2" in _words(rita, mailed, "proof"), "the proof shows the card with its address"
    quotes = {quote.job_id: quote.total for quote in rows(plant, select(Quote))}
    consent(plant, mailed, by="andy")
    page = rita.get(f"/jobs/{mailed.number}").text
    assert "waits for the pieces that it addresses" in page and "20 printed pieces are left" in page
    with pytest.raises(InvalidInput, match="nothing is left to mail"), plant.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, printed.id), "Not so", others=Beside.KEEP)
    made = carry_out(plant, drain, printed.number)
    assert made.charged == made.quote
    stream = mailings.build(plant, mailed)
    drain(plant)
    (addressing,) = rows(plant, select(Operation).filter_by(lot_id=stream.id, type=K.PRINT))
    assert rows(plant, select(Operation).filter_by(lot_id=stream.id, type=K.FOLD_INSERT)) == []
    (merge,) = rows(plant, select(Operation).filter_by(lot_id=stream.id, type=K.MERGE))
    with pypdfium2.PdfDocument(plant.files.path(merge.file_sha256)) as file:
        text = file[0].get_textpage().get_text_range()
        assert len(file) == 600 and "Page 2" not in text and f"{stream.id}-1" in text, (
            "address and barcode alone"
        )
    assert (
        f"the pieces of {printed.number}" in sign_in("print_operator").get(f"/floor/{addressing.ticket}").text
    )
    work_the_floor(plant, stream)
    drain(plant)
    charges = rows(plant, select(Charge).filter_by(job_id=mailed.id))
    assert sum((one.cents for one in charges), ZERO) == quotes[mailed.id]
    used = {one.unit: one.quantity for one in rows(plant, select(Usage).filter_by(job_id=mailed.id))}
    assert used["print.impression"] == 600 and "fold_insert.piece" not in used
    assert rows(plant, select(LetterJob))[0].state is JobState.BILLED
    assert verify(plant).violations == []


def _words(browser, job, role) -> str:
    with pypdfium2.PdfDocument(browser.get(f"/jobs/{job.number}/files/{role}").data) as pdf:
        return pdf[0].get_textpage().get_text_range()
