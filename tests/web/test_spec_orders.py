"""Print work ordered by its choices: in steps, at one price from the panel to the charge, changed and ordered again."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select

from billing.models import Charge
from billing.verify import verify
from kernel.errors import Conflict, IllegalTransition, InvalidInput, OnHold
from kernel.money import ZERO, Money
from production.catalog.press_room.kinds import PRESS_PAPERS
from production.catalog.publications import PUBLICATION_RULES
from production.catalog.shop_calendar import LEAD_TIMES
from production.frontdesk.orders import canceling
from production.frontdesk.orders.canceling import Beside
from production.frontdesk.orders.models import Quote
from production.jobs.models import Approval, Component, DeliveryStop, Hold, Job, JobEvent, JobFile
from production.jobs.states import JobState
from production.people import setup
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings
from tests.production.prepress.letters import make_template
from tests.web import spec_ordering
from tests.web.ordering import step as ordering_step
from tests.web.print_ordering import due
from tests.web.spec_ordering import on
from tests.web.test_api import bearer
from tests.workers.test_line import consent, work_the_floor
from web.commands.print_line import carry_out
from web.commands.sample import RATE_CARD_FROM
from workers.runtime import drain

HALF = (396, 612)
BOOKLET = {"quantity": "500", "pages": "12", "size": "5.5x8.5", "paper-text": "text60", "cover": "own"}


@pytest.fixture
def rita(sign_in, plant):
    """A requester while the rate card has every price."""
    spec_ordering.press_card(plant)
    return sign_in("requester")


def mailed_as(envelope) -> dict[str, str]:
    """The first step of the mailing."""
    day = due().isoformat()
    return {
        "title": "Mailed", "mail_date": day, "mail_class": "first-class", "splits-DEX-100": "1",
        "envelope": envelope,
    }  # fmt: skip


def make_rush(plant, paper: str) -> None:
    """What is printed on it takes twenty days to buy; rush is a quarter of the price."""
    card = b"unit,description,rate,minimum,pass_through\norder.rush,Rush,0.25,,no\n"
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Rush", effective_from=RATE_CARD_FROM, data=card)
        row = PRESS_PAPERS.find(uow.session, paper).model_copy(update={"on_shelf": False})
        setup.put(uow, PRESS_PAPERS, row, knowing=["PRINT_STANDARD_CHANGE"])
        setup.put(
            uow, LEAD_TIMES, LEAD_TIMES.find(uow.session, setup.ONE).model_copy(update={"paper_days": 20})
        )


def panel_price(page) -> str:
    return re.search(r'data-says="[^$]*(\$[\d,]+\.\d\d)', page.text)[1]


def rows(plant, query):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(query).all()


def test_a_booklet_goes_from_its_choices_to_a_quote_of_the_same_price(rita, plant, tmp_path) -> None:
    """Its paper takes longer to buy than the order leaves: review and quote add a quarter for rush."""
    _rule(plant, "depository", depository=15, place="State Library")
    whole, cents = panel_price(rita.get("/catalog/booklet", query_string=BOOKLET))[1:].split(".")
    usual = int(whole) * 100 + int(cents)
    rush = (usual + 2) // 4  # half up
    price = f"${Money(usual + rush)}"
    files = on(spec_ordering.detail(rita, on(spec_ordering.choose(rita, "booklet", **BOOKLET))))
    assert files.endswith("/component_files")
    url = on(spec_ordering.send_files(rita, files, tmp_path, text=(8, HALF), cover=(4, HALF)))
    assert "Rush" not in rita.get(url).text
    make_rush(plant, "text60")
    choices = rita.get(url.replace("review", "choices")).text
    assert f"<strong>Rush, ${Money(rush)} of the price:</strong>" in choices
    review = rita.get(url).text
    for words in (
        f"<strong>Rush, ${Money(rush)} of it:</strong>",
        "adds 25 percent",
        "Hunting rules",
        "Depot B",
        "DEX-100 (60 of 100)",
        "60 lb text",
        "Of its own",
        "text.pdf, 8",
        price,
    ):
        assert words in review, words
    assert "500 + 15 depository copies, 15 to State Library" in review
    refused = rita.submit(url, url)
    assert (refused.status_code, "The justification is missing." in refused.text) == (422, True)
    number = on(rita.submit(url, url, **{"words-justification": "Hunters must know."})).rsplit("/", 1)[1]
    drain(plant)
    (job,) = rows(plant, select(Job))
    assert (job.state, job.number, job.product) == (JobState.PROOF_READY, number, "booklet")
    assert [(one.place, one.quantity) for one in rows(plant, select(DeliveryStop).order_by(DeliveryStop.id))] == [
        ("Depot B", 500), ("State Library", 15),
    ]  # fmt: skip
    (quote,) = rows(plant, select(Quote))
    assert f"${quote.total}" == price
    assert [share.weight for share in quote.snapshot.shares] == [60, 40]
    assert [one.name for one in rows(plant, select(Component).order_by(Component.position))] == [
        "text",
        "cover",
    ]
    assert {"spec", "artwork.1", "artwork.2", "sheets.1"} <= {
        one.role for one in rows(plant, select(JobFile))
    }
    page = rita.get(f"/jobs/{number}").text
    for words in (
        "Of its own, heavier paper", "Stitcher, hours", price, "Depot B", "500 + 15 depository copies",
        "Hunters must know.",
    ):  # fmt: skip
        assert words in page, words
    _is_signed_off_before_it_is_approved(rita, plant, job)
    details = ordering_step(on(rita.submit(f"/jobs/{number}", f"/jobs/{number}/change")), "details")
    page = rita.get(details).text
    assert "Depot B" in page and "State Library" not in page, "a rule adds it, nobody typed it"
    page = rita.get(ordering_step(details, "review")).text
    assert "Hunters must know." in page and "Ann Lee" in page


def _rule(plant, code, **changes) -> None:
    """A shipped rule as the shop changes it."""
    with plant.db.unit_of_work(PLANT) as uow:
        rule = next(one for one in PUBLICATION_RULES.rows(uow.session) if one.code == code)
        setup.put(uow, PUBLICATION_RULES, rule.model_copy(update=changes), why="Told us.")


def _stated(plant, rita, number, page) -> bool:
    """Does a page say once, as it prints, what the quote of the version comes to?"""
    quote = rows(plant, select(Quote).order_by(Quote.id.desc()))[0]
    pdf = pypdfium2.PdfDocument(rita.get(f"/jobs/{number}/files/print_file").data)
    words = " ".join(pdf[page - 1].get_textpage().get_text_range().split())
    return words.count("500 copies of this public") == 1 and words.endswith(f"at a cost of ${quote.total}.")


def _is_signed_off_before_it_is_approved(rita, plant, job) -> None:
    page, act = f"/jobs/{job.number}", f"/jobs/{job.number}/rules/sign-off"
    with pytest.raises(Conflict, match="Undersecretary's sign-off"):
        consent(plant, job, by="andy")
    half = rita.submit(page, act, signer="Ann Lee", signed_on="2026-11-02")
    assert (half.status_code, "The title of who signed is missing." in half.text) == (422, True)
    signed = {"signer": "Ann Lee", "signer_title": "Undersecretary", "signed_on": "2026-11-02"}
    others = [rita.hidden(page, act)[1] | signed for _ in range(2)]
    assert rita.post(act.replace("sign-off", "nothing"), data=others[0]).status_code == 404
    assert rita.submit(page, act, **signed).status_code == 303
    assert rita.post(act, data=others[1]).status_code == 409, "said once"
    assert "Ann Lee" in rita.get(f"{page}/proof").text
    consent(plant, job, by="andy")
    (approved,) = rows(plant, select(JobEvent).filter_by(job_id=job.id, event="approve"))
    said = {code: (one["words"], one["signer"]) for code, one in approved.details["rules"].items()}
    assert said == {"justification": ("Hunters must know.", ""), "sign-off": ("", "Ann Lee")}


def test_an_order_is_changed_and_ordered_again_by_the_same_steps(rita, plant, tmp_path) -> None:
    _rule(plant, "cost-statement", is_kept=True)
    number = spec_ordering.order(rita, tmp_path, "booklet", BOOKLET, {"text": (8, HALF), "cover": (4, HALF)})
    drain(plant)
    assert _stated(plant, rita, number, 8)
    choices = ordering_step(on(rita.submit(f"/jobs/{number}", f"/jobs/{number}/change")), "choices")
    page = rita.get(choices, query_string=BOOKLET | {"cover": ""})
    without, price = spec_ordering.fields_of(page), panel_price(page)
    details = on(rita.post(choices, data=without))
    assert "Depot B" in rita.get(details).text
    files = on(spec_ordering.detail(rita, details, title="Hunting rules, thin"))
    # Eight pages were sent for the inside; now all twelve are asked of it.
    refused = rita.submit(files, content_type="multipart/form-data")
    assert (refused.status_code, "12 are ordered" in refused.text) == (422, True)
    review = on(spec_ordering.send_files(rita, files, tmp_path, text=(12, HALF)))
    assert on(spec_ordering.send(rita, review)) == f"/jobs/{number}"
    drain(plant)
    (job,) = rows(plant, select(Job))
    assert (job.revision, job.state, job.title) == (2, JobState.PROOF_READY, "Hunting rules, thin")
    last = rows(plant, select(Quote).order_by(Quote.id.desc()))[0]
    assert f"${last.total}" == price
    assert _stated(plant, rita, number, 12), "worked out anew, on the file that was given"
    assert "artwork.2" not in {one.role for one in rows(plant, select(JobFile).filter_by(revision=2))}
    compared_with_before(rita, f"/jobs/{number}/proof")
    _, hidden = rita.hidden("/catalog/poster", "/drafts/new/poster")
    again = on(rita.post(f"/jobs/{number}/again", data=hidden))
    review = ordering_step(again, "review")
    assert on(rita.get(review)).endswith("/details"), "the day is asked for anew"
    assert on(spec_ordering.detail(rita, ordering_step(again, "details"))).endswith("/component_files")
    assert "text.pdf, 12 pages" in rita.get(review).text


def compared_with_before(rita, proof) -> None:
    """By picture and by words: pages 9 to 12 were the cover, pages 1 to 4 of a file of its own."""
    page = rita.get(proof, query_string={"page": "9"}).text
    for words in (
        "Given anew: the file of component 1, the file of component 2.",
        "5 of 12 pages look different",  # the statement stands on another, too
        "<del>1</del>",
        "<ins>9</ins>",
    ):
        assert words in page, words
    assert "<rect " in page
    assert "<rect " not in rita.get(proof).text
    now, before = (rita.get(f"{proof}/{view}/0/9.png").data for view in ("now", "before"))
    assert now[:4] == before[:4] == b"\x89PNG"
    assert now != before
    assert rita.get(f"{proof}/now/0/1.png").data == rita.get(f"{proof}/before/0/1.png").data


def test_what_was_ordered_by_the_old_form_opens_with_its_old_steps(rita, plant, tmp_path, app) -> None:
    wanted = {
        "product": "flat_form", "title": "By a program", "quantity": 200, "due": due().isoformat(), "place": "Room 9",
        "splits": {"DEX-100": 1}, "stock": "text60", "options": {"fold": "z"},
    }  # fmt: skip
    data = make_template(tmp_path / "form.pdf").read_bytes()
    made = app.test_client().post(
        "/api/v1/print-orders", headers={**bearer(rita), "Idempotency-Key": "k1"},
        data={"order": json.dumps(wanted), "artwork": (io.BytesIO(data), "form.pdf")},
    )  # fmt: skip
    drain(plant)
    number = made.json["number"]
    url = on(rita.submit(f"/jobs/{number}", f"/jobs/{number}/change"))
    assert url.endswith("/finishing")
    assert '<option value="z" selected>' in rita.get(url).text
    review = ordering_step(url, "review")
    assert "Z-fold" in rita.get(review).text
    assert on(spec_ordering.send(rita, review)) == f"/jobs/{number}"


def test_what_cannot_be_made_or_is_another_agencys_is_not_begun(rita, sign_in) -> None:
    page = rita.get("/catalog/sign", query_string={"size": "24x36"})
    assert "Order it" not in page.text
    answer = rita.submit("/drafts/new/poster", product="poster", quantity="0")
    assert (answer.status_code, "1 or more" in answer.text) == (422, True)
    url = on(spec_ordering.choose(rita, "poster", size="18x24"))
    assert sign_in("other_agency").get(url).status_code == 404


def test_a_booklet_and_its_mailing_are_one_order_charged_to_the_cent(rita, plant, tmp_path, sign_in) -> None:
    details = on(
        spec_ordering.choose(rita, "booklet", **BOOKLET | {"quantity": "620", "pages": "8", "cover": ""})
    )
    url = on(spec_ordering.detail(rita, details, mailed="yes"))
    mailing_step = on(spec_ordering.send_files(rita, url, tmp_path, text=(8, HALF)))
    assert "Hunting rules" in rita.get(mailing_step).text, "what was said before stands there"
    small = rita.submit(mailing_step, **mailed_as("window10"))
    assert (small.status_code, "The printed piece is 8.5 x 5.5 in" in small.text) == (422, True)
    assert "It goes into 6 x 9 window or 9 x 12 window. A fold to 9.375 x 4 in or less" in small.text
    review = spec_ordering.mail_too(rita, mailing_step, tmp_path)
    page = rita.get(review).text
    for words in ("list.csv", "6 x 9 window", "text.pdf, 8 pages", "To a list"):
        assert words in page, words
    total, printing, mailing = re.findall(r"\$[\d,]+\.\d\d", page[page.index('id="price-head"') :])[:3]
    number = on(spec_ordering.send(rita, review)).rsplit("/", 1)[1]
    drain(plant)
    printed, mailed = rows(plant, select(Job).order_by(Job.id))
    assert (printed.number, printed.order_id) == (number, mailed.order_id)
    assert (printed.state, mailed.state) == (JobState.PROOF_READY, JobState.PROOF_READY)
    # Two spreads of 60 lb text, 11 x 8.5 in: basis weight x area / (basic size x 500).
    piece = 2 * 60 * 16 * Decimal("93.5") / (25 * 38 * 500)
    assert abs(mailed.enclosed_oz - piece) < Decimal("0.0001")
    assert mailed.weight_oz > mailed.enclosed_oz + Decimal("0.3"), "with envelope and letter"
    quotes = {quote.job_id: quote.total for quote in rows(plant, select(Quote))}
    assert Money.parse(total) == Money.parse(printing) + Money.parse(mailing)
    assert Money.parse(printing) == quotes[printed.id]
    assert Money.parse(mailing) >= quotes[mailed.id], "sorted it costs less"
    both = f"${quotes[printed.id] + quotes[mailed.id]}"
    andy = sign_in("approver")
    for page in (
        rita.get(f"/jobs/{number}"),
        andy.get(f"/jobs/{number}/proof"),
        rita.get(f"/jobs/{mailed.number}"),
    ):
        assert "The whole order" in page.text and both in page.text.replace(",", "")
    consent(plant, mailed, by="andy")
    assert f"waits for what goes into its envelopes: {number}" in rita.get(f"/jobs/{mailed.number}").text
    with pytest.raises(OnHold):
        mailings.build(plant, mailed)
    made = carry_out(plant, drain, number)
    assert made.charged == made.quote
    assert "waits for what goes" not in rita.get(f"/jobs/{mailed.number}").text
    stream = mailings.build(plant, mailed)
    drain(plant)
    work_the_floor(plant, stream)
    drain(plant)
    charges = rows(plant, select(Charge).filter_by(job_id=mailed.id))
    assert sum((one.cents for one in charges), ZERO) == quotes[mailed.id]
    assert verify(plant).violations == []
    shelf = rita.get("/catalog").text
    assert "Order again in two clicks" in shelf and f"/jobs/{mailed.number}/again" in shelf


@pytest.fixture
def both(sign_in, plant, tmp_path) -> tuple[Job, Job]:
    """A booklet and its mailing, ordered together and ready to be approved. Who is signed in before it is not any
    more."""

    def make():
        spec_ordering.press_card(plant)
        rita, asked = sign_in("requester"), BOOKLET | {"quantity": "620", "pages": "8", "cover": ""}
        url = on(spec_ordering.detail(rita, on(spec_ordering.choose(rita, "booklet", **asked)), mailed="yes"))
        url = on(spec_ordering.send_files(rita, url, tmp_path, text=(8, HALF)))
        review = spec_ordering.mail_too(rita, url, tmp_path)
        on(spec_ordering.send(rita, review))
        drain(plant)

    begin(plant, "a booklet and its mailing", make)
    printed, mailed = rows(plant, select(Job).order_by(Job.id))
    return printed, mailed


def approve_both(andy, printed, mailed) -> None:
    """The button of the proof, once the other proof was looked at."""
    proof, action = f"/jobs/{printed.number}/proof", f"/jobs/{printed.number}/approve-order"
    page = andy.get(proof).text
    assert f"the proof of {mailed.number}" in page and "(not looked at yet)" in page
    assert "Approve version" not in page
    stale = andy.submit(proof, action, seen="else")
    assert (stale.status_code, "has changed since this page was shown" in stale.text) == (409, True)
    andy.get(f"/jobs/{mailed.number}/proof")
    assert "(not looked at yet)" not in andy.get(proof).text
    on(andy.submit(proof, action))


def cancel(browser, job, **typed):
    """The cancel form of a job's page, filled in and sent."""
    page = f"/jobs/{job.number}"
    return browser.submit(page, f"{page}/cancel", cancel_reason="No longer wanted", **typed)


def test_canceling_the_printing_says_what_becomes_of_its_mailing(both, sign_in, plant) -> None:
    (printed, mailed), rita = both, sign_in("requester")
    consent(plant, mailed, by="andy")
    assert f"Cancel the mailing {mailed.number} too" in rita.get(f"/jobs/{printed.number}").text
    refused = cancel(rita, printed)
    assert (refused.status_code, f"Say what becomes of {mailed.number}" in refused.text) == (422, True)
    assert {one.state for one in rows(plant, select(Job))} == {JobState.PROOF_READY, JobState.APPROVED}
    on(cancel(rita, printed, others="keep"))
    drain(plant)
    assert rows(plant, select(Job).filter_by(id=printed.id))[0].state is JobState.CANCELLED
    assert rows(plant, select(Hold).filter_by(lifted_at=None)) == []
    assert rows(plant, select(Approval).filter_by(voided_at=None)) == [], "another piece was approved"
    (alone,) = rows(plant, select(Job).filter_by(id=mailed.id))
    assert (alone.state, alone.revision, alone.encloses_id) == (JobState.PROOF_READY, 2, None)
    assert alone.weight_oz < mailed.weight_oz - mailed.enclosed_oz + Decimal("0.001")
    page = rita.get(f"/jobs/{mailed.number}").text
    assert "Its letters go without the printed piece" in page and "waits for what goes" not in page
    assert "And the other job?" not in page
    consent(plant, alone, by="andy")
    assert rows(plant, select(Hold).filter_by(lifted_at=None)) == [], "it waits for nothing"


def test_both_jobs_are_approved_with_one_act_and_canceled_with_one_or_neither(both, sign_in, plant) -> None:
    (printed, mailed), rita = both, sign_in("requester")
    approve_both(sign_in("approver"), printed, mailed)
    assert {one.state for one in rows(plant, select(Job))} == {JobState.APPROVED}
    page = rita.get(f"/jobs/{printed.number}").text
    assert "Printing: Content and cost approved" in page and "Mailing: Put on hold" in page, (
        "one history of both"
    )
    assert f"Cancel the printing {printed.number} too" in rita.get(f"/jobs/{mailed.number}").text
    refused = pytest.raises(InvalidInput, match=f"what becomes of {printed.number}")
    with refused, plant.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, mailed.id), "Not needed")
    on(cancel(rita, mailed, others="cancel"))
    assert {one.state for one in rows(plant, select(Job))} == {JobState.CANCELLED}
    assert rows(plant, select(Hold).filter_by(lifted_at=None)) == []
    assert rows(plant, select(Approval).filter_by(voided_at=None)) == []
    again = pytest.raises(IllegalTransition)
    with again, plant.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, printed.id), "Twice", others=Beside.KEEP)


def test_a_changed_piece_still_has_to_go_into_the_envelope(both, sign_in, plant, tmp_path) -> None:
    (printed, mailed), rita = both, sign_in("requester")
    page, andy = f"/jobs/{printed.number}", sign_in("approver")
    on(andy.submit(f"{page}/proof", f"{page}/reject", reject_reason="Another paper"))
    (still,) = rows(plant, select(Job).filter_by(state=JobState.PROOF_READY))
    assert still.id == mailed.id, "what is sent back goes back alone"
    assert "Approve version 1" in andy.get(f"/jobs/{mailed.number}/proof").text
    consent(plant, mailed, by="andy")
    choices = ordering_step(on(rita.submit(page, f"{page}/change")), "choices")
    asked = BOOKLET | {"quantity": "620", "pages": "8", "cover": ""}
    larger = spec_ordering.fields_of(rita.get(choices, query_string=asked | {"size": "8.5x11"}))
    files = on(spec_ordering.detail(rita, on(rita.post(choices, data=larger))))
    review = on(spec_ordering.send_files(rita, files, tmp_path, text=(8, spec_ordering.LETTER)))
    told = rita.get(on(spec_ordering.send(rita, review))).text
    assert "does not go into 6 x 9 window" in told and "It goes into 9 x 12 window." in told
    own = f"/jobs/{mailed.number}"
    order = ordering_step(on(rita.submit(own, f"{own}/change")), "order")
    small = rita.submit(order, **mailed_as("window10"))
    assert (small.status_code, "does not go into #10 window" in small.text) == (422, True)
    thicker = spec_ordering.fields_of(rita.get(choices, query_string=asked | {"pages": "12"}))
    files = on(spec_ordering.detail(rita, on(rita.post(choices, data=thicker))))
    review = on(spec_ordering.send_files(rita, files, tmp_path, text=(12, HALF)))
    on(spec_ordering.send(rita, review))
    drain(plant)
    (now,) = rows(plant, select(Job).filter_by(id=mailed.id))
    assert (now.state, now.revision) == (JobState.PROOF_READY, 2), "approved for another piece: checked anew"
    assert now.weight_oz > mailed.weight_oz
    assert rows(plant, select(Hold).filter_by(lifted_at=None)) == []
