"""Quotes from the workbench to the charge: one price, line by line; revised, declined, expired; walls."""

from __future__ import annotations

import io
import json
import re
import subprocess
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from billing.ledger import money_sum
from billing.models import Charge
from kernel import clock
from kernel.money import Money
from production.floor import operations as floor
from production.frontdesk.approving import approvals
from production.frontdesk.orders.models import OrderDraft, Quote
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.jobs.models import Approval, Hold, JobEvent, Operation, PrintJob, Usage
from production.people.models import User
from production.scheduling.held import held_places
from production.scheduling.keeping import keep, scheduled
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import PLANT
from tests.web import spec_ordering
from tests.web.conftest import PERSON_OF
from tests.web.print_ordering import due
from tests.web.spec_ordering import on
from tests.web.test_projects import ask, words
from web.commands.line import APPROVER, first_place
from web.commands.print_line import carry_out, make
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM
from web.formats import money
from workers.runtime import drain


def work_out(browser, number, code="rack_card", **answers):
    """The workbench with these answers, for the project."""
    return browser.get(f"/workbench/{code}", query_string={"project": number, **answers})


def put_in(browser, page, **added):
    """What the workbench shows goes into the quote; the address of the quote."""
    form = page.text[page.text.index('action="/workbench/') :]
    action = unescape(re.search(r'action="([^"]+)"', form)[1])
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    return browser.post(action, data={name: unescape(text) for name, text in fields.items()} | added)


@pytest.fixture
def number(sign_in, plant):
    """Of a project that the planner looks after, while the card has every price."""

    def make():
        with plant.db.unit_of_work(PLANT) as uow:
            make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
        number = on(ask(sign_in("requester"), wanted_by=due().isoformat())).rpartition("/")[2]
        sign_in("planner").submit(f"/projects/{number}", f"/projects/{number}/take-on")
        return number

    return begin(plant, "project in hand with press rates", make)


@pytest.fixture
def sent(number, sign_in, plant):
    """The address of a quote of one alternative that the agency has, with a place on the schedule."""

    def make():
        with plant.db.unit_of_work(PLANT) as uow:
            keep(uow, *scheduled(plant.db, PLANT, seconds=0, seed=1), seconds=0, seed=1)
        polly = sign_in("planner")
        page = work_out(polly, number, quantity="2,500")
        url = on(put_in(polly, page, hand_hours="1.5", why="Sorted by hand"))
        send(polly, url)
        return url

    return begin(plant, "a quote sent", make)


def send(browser, url, until=None):
    until = until or clock.today() + timedelta(days=30)
    assert (
        on(browser.submit(url, f"{url}/send", words="Paper as last time.", valid_until=until.isoformat()))
        == url
    )


def held(plant):
    """Whose places the schedule holds free."""
    with plant.db.read_only(PLANT) as session:
        return [one.name for one in held_places(session, clock.now())]


def read_paper(data, folder):
    """A tagged paper as poppler reads it, in one line."""
    path = folder / "paper.pdf"
    path.write_bytes(data)
    facts, text = (
        subprocess.run([*command, path, *more], capture_output=True, text=True, check=True).stdout
        for command, more in ((["pdfinfo"], []), (["pdftotext", "-layout"], ["-"]))
    )
    assert re.search(r"Tagged: +yes", facts), facts
    return re.sub(r"\s+", " ", text)


def count_of(quantity):
    """As it stands in a line."""
    return f"{quantity.normalize():,f}"


def rows(plant, query):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(query).all()


def test_the_workbench_tells_every_way_why_not_the_others_and_each_figure(number, sign_in) -> None:
    page = work_out(sign_in("planner"), number, "booklet", quantity="500", pages="12")
    told = words(page)
    assert (
        "Ways to make it" in told and "Why not the others" in told and "How each figure comes about" in told
    )
    for part in ("Limit", "This order", "print contract", "ceil(", "Other quantities"):
        assert part in told, part
    totals = re.findall(r'data-label="As quoted">(\$[\d,]+\.\d\d)', page.text)
    amounts = [float(one.replace("$", "").replace(",", "")) for one in totals]
    assert len(amounts) > 2 and amounts == sorted(amounts)
    assert f'big-figure">{totals[0]}' in page.text  # the cheapest is what is quoted
    impossible = words(work_out(sign_in("planner"), number, "sign", quantity="5", size="24x36"))
    assert "No machine of the shop can make this" in impossible and "LIMIT_SIZE" in impossible
    assert sign_in("requester").get("/workbench/booklet").status_code == 403


def test_a_specification_comes_to_answers_or_is_told_field_by_field(number, sign_in, tmp_path) -> None:
    polly = sign_in("planner")
    upload = f"/workbench/spec?project={number}"

    def send_spec(spec):
        data = spec if isinstance(spec, bytes) else json.dumps(spec).encode()
        _, hidden = polly.hidden(f"/workbench?project={number}", upload)
        return polly.post(upload, data=hidden | {"file": (io.BytesIO(data), "spec.json")})

    url = f"/workbench/booklet?project={number}&quantity=500&pages=12&size=8.5x11"
    spec = json.loads(polly.get(url.replace("booklet?", "booklet/spec.json?")).data)
    assert (spec["product"], spec["quantity"], spec["pages"]) == ("booklet", 500, 12)
    reached = send_spec(spec | {"title": "Rules", "due": "2027-01-04"})
    shown = polly.get(on(reached))
    price = re.search(r'big-figure">([^<]+)', polly.get(url).text)[1]
    assert f'big-figure">{price}' in shown.text and "Put it into the quote" in shown.text
    forced = send_spec(spec | {"force": {"press": "digital-color"}})
    assert "It is estimated as it is written" in words(forced) and "Put it into" not in words(forced)
    for wrong, field in (
        (spec | {"quantity": "many"}, "quantity a whole number is expected. SPEC_FIELD"),
        (spec | {"trim": [8.5], "ink": 1}, "ink nothing of this name is known here. SPEC_FIELD"),
        (
            spec | {"components": [spec["components"][0] | {"stock": "gold"}]},
            "components.0.stock There is no",
        ),
        (b"{", "SPEC_FIELD"),
    ):
        refused = send_spec(wrong)
        assert refused.status_code == 422 and field in words(refused), words(refused)


def test_the_shop_quotes_an_agency_that_asked_elsewhere(number, sign_in, plant) -> None:
    rita, polly = sign_in("requester"), sign_in("planner")
    who = rows(plant, select(User).filter_by(sign_in_name=PERSON_OF["requester"]))[0]
    new = f"/quotes/new?agency={who.agency.code}"
    said = {"title": "Badges", "brief": "By telephone.", "wanted_by": due().isoformat(), "account": "DEX-100"}
    assert polly.submit(new, new, **said, whom=PERSON_OF["planner"]).status_code == 422
    at = on(polly.submit(new, new, **said, whom=PERSON_OF["requester"]))
    project = at.partition("project=")[2]
    url = on(put_in(polly, work_out(polly, project, "business_cards", quantity="500")))
    send(polly, url)
    assert "Badges" in words(rita.get("/projects"))  # the notice leads to the quote
    notice = re.search(
        r'href="(/notices/[0-9A-Z]{26})"[^>]*>[^<]*Look and answer', rita.get("/notices").text
    )[1]
    assert rita.get(notice).location == url
    assert "/details" in on(rita.submit(url, f"{url}/accept"))
    assert sign_in("other_agency").get(url).status_code == 404 and rita.get("/quotes/new").status_code == 403


def test_the_workbench_goes_by_the_card_of_a_day(number, sign_in) -> None:
    polly = sign_in("planner")
    before = (RATE_CARD_FROM - timedelta(days=1)).isoformat()
    page = words(polly.get(f"/workbench/rack_card?project={number}&on={before}"))
    assert "No estimate" in page and "Put it into the quote" not in page
    later = words(polly.get(f"/workbench/rack_card?project={number}&on={RATE_CARD_FROM.isoformat()}"))
    assert "choose that day to put this into it" in later and "Ways to make it" in later


def test_what_is_accepted_is_approved_and_charged_line_by_line(
    sent, number, sign_in, plant, tmp_path
) -> None:
    rita = sign_in("requester")
    page = rita.get(sent)
    assert "Sorted by hand" in page.text and "Paper as last time." in page.text
    assert "A place is held for it until then." in words(page) and held(plant) == [f"{number}/1"]
    paper = rita.get(f"{sent}/revisions/1.pdf").data
    assert "if it is accepted while" in read_paper(paper, tmp_path)
    details = on(rita.submit(sent, f"{sent}/accept"))
    assert 'value="A map that folds into a pocket"' in rita.get(details).text
    files = on(spec_ordering.detail(rita, details, title="Maps"))
    review = on(spec_ordering.send_files(rita, files, tmp_path, sheet=(1, (288, 648))))
    assert "We can promise" in words(rita.get(review))
    on(rita.submit(review, review, **spec_ordering.SAID))
    drain(plant)
    (job,) = rows(plant, select(PrintJob))
    assert held(plant) == [job.number]  # the place of the quote has become the order's
    assert "Promised for" in words(rita.get(f"/jobs/{job.number}"))
    assert job.number in words(sign_in("planner").get("/schedule/promises"))
    assert rita.get("/schedule/promises").status_code == 403
    (offered,) = rows(plant, select(QuoteRevision))
    (quote,) = rows(plant, select(Quote))
    assert quote.snapshot.lines == offered.alternatives[0].snapshot.lines
    carry_out(plant, drain, job.number)
    charged = select(Usage.unit, money_sum(Charge.cents)).join(Usage, Usage.id == Charge.usage_id)
    with plant.db.read_only(PLANT) as session:
        by_unit = dict(session.execute(charged.filter(Charge.job_id == job.id).group_by(Usage.unit)).all())
    assert by_unit == {line.unit: line.money for line in quote.snapshot.lines}
    assert by_unit["labor.hour"] >= Money(4_800)  # 1.5 hours at $32.00, as the estimator added them
    assert "See the order" in rita.get(sent).text
    (confirmed,) = {
        browser.get(f"/jobs/{job.number}/confirmation.pdf").data for browser in (rita, sign_in("planner"))
    }
    text = read_paper(confirmed, tmp_path)
    assert held(plant) == [] and "Promised for" in text
    assert "Order confirmation" in text and f"Total {money(quote.total)}" in text
    for line in quote.snapshot.lines:
        assert f"{line.description} {count_of(line.quantity)} " in text and f" {money(line.money)}" in text
    assert sign_in("other_agency").get(f"/jobs/{job.number}/confirmation.pdf").status_code == 404


@pytest.fixture
def in_work(sent, sign_in, plant, tmp_path):
    """The job that is made by the quote, approved and on the floor."""

    def make():
        rita = sign_in("requester")
        files = on(spec_ordering.detail(rita, on(rita.submit(sent, f"{sent}/accept")), title="Maps"))
        review = on(spec_ordering.send_files(rita, files, tmp_path, sheet=(1, (288, 648))))
        on(spec_ordering.send(rita, review))
        drain(plant)
        with plant.db.unit_of_work(APPROVER) as uow:
            job, quote = (uow.session.scalars(select(kind)).one() for kind in (PrintJob, Quote))
            approvals.approve(uow, job, revision=job.revision, total=quote.total)
        drain(plant)
        return job

    return begin(plant, "a quoted order in work", make)


def test_a_change_that_is_declined_or_not_answered_leaves_what_was_accepted(
    sent, in_work, sign_in, plant
) -> None:
    andy, rita, polly = sign_in("approver"), sign_in("requester"), sign_in("planner")
    more = {"hand_hours": "2", "outside": "", "why": "Sorted again"}

    def held() -> int:
        return len(rows(plant, select(Hold).filter_by(reason="quote_changed", lifted_at=None)))

    on(polly.submit(sent, f"{sent}/change", **more))
    assert held() == 1
    on(rita.submit(sent, f"{sent}/decline", reason="Not in the budget"))
    (quote,), (was,) = rows(plant, select(WrittenQuote)), rows(plant, select(Quote))
    assert (quote.sent, quote.accepted_revision, held()) == (1, 1, 0)
    (told,) = rows(plant, select(JobEvent.details).filter_by(event="quote_declined"))
    assert (told["revision"], told["reason"]) == (2, "Not in the budget")
    on(polly.submit(sent, f"{sent}/change", **more))
    target, yes = andy.hidden(sent, f"{sent}/accept-change")
    again = polly.hidden(sent.rpartition("/quotes")[0], f"{sent.rpartition('/quotes')[0]}/say")[1] | more
    assert polly.post(f"{sent}/change", data=again).status_code == 409  # one at a time
    with time_machine.travel(clock.now() + timedelta(days=31), tick=True):
        andy, rita, polly = (sign_in(who) for who in ("approver", "requester", "planner"))
        for browser in (andy, rita, polly):
            assert "nobody answered, so the order waits" in words(browser.get(sent))
        assert rita.hidden(sent, f"{sent}/decline") and "Accept the new price" not in words(andy.get(sent))
        _, fresh = andy.hidden("/approvals", "/sign-out")
        assert andy.post(target, data=yes | fresh).status_code == 409
        on(polly.submit(sent, f"{sent}/change", **more))  # anew, by the shop
        assert "The price changes in work" in words(andy.get(sent)) and held() == 1
    (now,) = rows(plant, select(Quote))
    assert now.total == was.total


def test_a_change_in_work_is_approved_anew_and_charged_line_by_line(sent, in_work, sign_in, plant) -> None:
    andy, rita, polly = sign_in("approver"), sign_in("requester"), sign_in("planner")
    (job,) = rows(plant, select(PrintJob))
    (before,) = rows(plant, select(Quote))
    half_is_spoiled(plant)
    assert polly.submit(sent, f"{sent}/change", hand_hours="2", why="").status_code == 422
    on(polly.submit(sent, f"{sent}/change", hand_hours="2", outside="", why="50 were spoiled; sorted again"))
    for place in (f"/jobs/{job.number}", "/approvals"):
        assert f'href="{sent}">Look and answer' in andy.get(place).text, place
        assert "Look and answer" not in polly.get(f"/jobs/{job.number}").text
    page = words(andy.get(sent))
    for part in (
        "The price changes in work",
        "50 were spoiled; sorted again",
        "What has changed since revision 1",
    ):
        assert part in page, part
    (change,) = rows(plant, select(QuoteRevision).filter_by(number=2))
    offered = change.alternatives[0]
    said = {"revision": "2", "total_cents": str(offered.total.cents)}
    assert rita.post(f"{sent}/accept-change", data=said).status_code in (400, 403)
    on(andy.submit(sent, f"{sent}/accept-change"))
    (quote,) = rows(plant, select(Quote))
    old, new = rows(plant, select(Approval).order_by(Approval.id))
    assert old.voided_at and "revision 2 of quote 1" in old.void_reason and new.voided_at is None
    assert quote.snapshot.lines == offered.snapshot.lines and quote.total != before.total
    assert (new.total, new.hashes) == (quote.total, old.hashes)
    assert rows(plant, select(Hold).filter_by(reason="quote_changed", lifted_at=None)) == []
    make(plant, drain, job.number)
    with plant.db.read_only(PLANT) as session:
        charged = select(Usage.unit, money_sum(Charge.cents)).join(Usage, Usage.id == Charge.usage_id)
        by_unit = dict(session.execute(charged.filter(Charge.job_id == job.id).group_by(Usage.unit)).all())
    assert by_unit == {line.unit: line.money for line in quote.snapshot.lines}
    labor, earlier = (
        next(one for one in it.snapshot.lines if one.unit == "labor.hour") for it in (quote, before)
    )
    assert labor.quantity < earlier.quantity + 2 and offered.quantity < 2_500


def half_is_spoiled(plant):
    """In the first step of the run."""
    with plant.db.unit_of_work(PLANT) as uow:
        first = uow.session.scalars(select(Operation).order_by(Operation.step)).first()
        floor.start(uow, first.ticket, work_center=first_place(uow.session, first.type))
    with plant.db.unit_of_work(PLANT) as uow:
        floor.finish(uow, first.ticket, files=plant.files, spoiled=str(first.quantity // 2), reason="Torn")


def test_a_revision_takes_the_place_of_what_was_sent_and_an_old_page_accepts_nothing(
    sent, sign_in, plant, tmp_path
) -> None:
    rita, polly = sign_in("requester"), sign_in("planner")
    target, old = rita.hidden(sent, f"{sent}/accept")
    polly.submit(sent, f"{sent}/revise")
    assert "Being written: revision 2" in words(polly.get(sent))
    assert "revision 2" not in words(rita.get(sent))
    number = sent.split("/")[2]
    more = polly.get(
        "/workbench/rack_card", query_string={"project": number, "quote": 1, "quantity": "5,000"}
    )
    assert on(put_in(polly, more)) == sent
    send(polly, sent)
    assert rita.post(target, data=old).status_code == 409
    page = words(rita.get(sent))
    assert "Alternative 2: Rack card 5,000" in page and "Replaced revisions Revision 1, sent" in page
    assert "What has changed since revision 1" in page and "Alternative 2: Rack card, 5,000" in page
    papers = [read_paper(rita.get(f"{sent}/revisions/{n}.pdf").data, tmp_path) for n in (1, 2)]
    assert (
        "What has changed" not in papers[0]
        and "since revision 1 • Alternative 2: Rack card, 5,000: new" in papers[1]
    )
    assert [one.sent_at is not None for one in rows(plant, select(QuoteRevision))] == [True, True]
    assert rows(plant, select(OrderDraft)) == []


def test_a_quote_holds_until_its_day_and_not_a_day_longer(number, sign_in, plant) -> None:
    rita, polly = sign_in("requester"), sign_in("planner")
    url = on(put_in(polly, work_out(polly, number, quantity="100")))
    send(polly, url, clock.today())
    target, accept = rita.hidden(url, f"{url}/accept")
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        rita = sign_in("requester")
        _, fresh = rita.hidden(f"/projects/{number}", f"/projects/{number}/say")
        answer = rita.post(target, data=accept | fresh)
        assert answer.status_code == 409
        assert "it quotes again at the prices of the day" in words(answer)
        assert "It held until" in words(rita.get(url)) and "Accept for" not in words(rita.get(url))
    assert rows(plant, select(OrderDraft)) == []


def test_a_no_says_why_and_the_shop_hears_it(sent, sign_in, plant) -> None:
    rita, polly = sign_in("requester"), sign_in("planner")
    assert rita.submit(sent, f"{sent}/decline", reason="").status_code == 422
    rita.submit(sent, f"{sent}/decline", reason="Over the budget")
    assert held(plant) == []
    assert "Declined" in words(polly.get(sent)) and "Over the budget" in words(polly.get("/notices"))
    assert "Revise the quote" in words(polly.get(sent))
    desk = words(polly.get("/quotes"))
    assert "Won 0, $0.00; lost 1" in desk and "Over the budget" in desk and "Waiting for the shop 1" in desk


def test_the_desk_tells_what_is_new_whose_turn_it_is_and_what_ends(number, sent, sign_in) -> None:
    rita, polly = sign_in("requester"), sign_in("planner")
    ask(rita, title="Badges")
    desk = words(polly.get("/quotes"))
    for part in (
        "Nobody has taken on 1",
        "Waiting for the agency 1",
        "Quotes that end in five days 0",
        "30 days",
    ):
        assert part in desk, part
    assert "Badges" in desk and rita.get("/quotes").status_code == 403


WRONG = [
    ({"hand_hours": "2"}, "Say why it is added."),
    ({"outside": "-5.00", "why": "A gift"}, "more than nothing"),
    ({"hand_hours": "0", "why": "x"}, "not a number over zero"),
    ({"answers-quantity": "NaN"}, "Write a whole number"),
    ({"answers-quantity": "0"}, "1 or more"),
    ({"answers-quantity": "1000000000"}, "Write a whole number"),
    ({"number": "27-999999-9"}, "no such project"),
]


def test_what_cannot_be_quoted_changes_nothing(number, sign_in, plant) -> None:
    polly = sign_in("planner")
    page = work_out(polly, number, quantity="100")
    for added, sentence in WRONG:
        answer = put_in(polly, page, **added)
        assert answer.status_code in (404, 422), added
        assert sentence in words(answer), (added, words(answer))
    assert rows(plant, select(WrittenQuote)) == []


def test_an_agency_sees_what_was_sent_to_it_and_nothing_else(number, sign_in, plant) -> None:
    rita, oscar, polly = sign_in("requester"), sign_in("other_agency"), sign_in("planner")
    url = on(put_in(polly, work_out(polly, number, quantity="100")))
    assert rita.get(url).status_code == 404
    actor = rows(plant, select(User).filter_by(sign_in_name=PERSON_OF["requester"]))[0].as_actor()
    with plant.db.read_only(actor) as session:  # the second wall
        assert (
            session.scalars(select(WrittenQuote)).all() == session.scalars(select(QuoteRevision)).all() == []
        )
    send(polly, url)
    assert rita.get(url).status_code == 200
    pdf = f"{url}/revisions/1.pdf"
    for address in (url, pdf, f"/projects/{number}"):
        assert oscar.get(address).status_code == 404
    assert rita.get(pdf).status_code == 200 and rita.get(pdf.replace("1.pdf", "2.pdf")).status_code == 404
    assert rows(plant, select(WrittenQuote.sent)) == [1]
