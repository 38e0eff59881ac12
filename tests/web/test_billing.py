"""The accounts office: months, what is open, closing, the export; every charge opened down to its work."""

import csv
import io
import re

import pytest
from sqlalchemy import select

from billing import queries
from billing.charging import charge_job, charge_stream
from billing.models import BillingPeriod, Charge, ExportRun, PeriodState, RateCard
from billing.periods import open_period
from kernel.ids import show_ulid
from kernel.money import Money
from production.jobs.models import Job
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import StreamEvidence
from production.mailings.models import MailJob, PresortShare, PresortStream
from production.people.models import Agency, BudgetUnit, User
from tests.billing.ledgers import CLOSING, DAY, SAMPLE, close, make_mailing, make_usage
from tests.factories import PLANT, make_job
from web.billing import periods
from workers.runtime import drain

LABEL = "FY2027-11"
CARD = "unit,description,rate,minimum,pass_through\n"


@pytest.fixture
def charged(app, plant):
    """A delivered stream of two agencies' jobs, priced and posted; gives the number of the first."""
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_mailing(uow, jobs=2, pieces=11)
        jobs = select(Job).join(PresortShare, PresortShare.job_id == Job.id).order_by(PresortShare.position)
        job = uow.session.scalars(jobs).first()
        record_usage(
            uow, job, unit=Unit.PERMIT_POSTAGE, quantity=6, source="with levels", lot=stream, on=DAY,
            evidence=StreamEvidence(show_ulid(stream.ulid), None, 0, {"aadc": 6}),
        )  # fmt: skip
        uow.session.flush()
        charge_stream(uow, stream)
        return job.number


@pytest.fixture
def clerk(sign_in):
    return sign_in("billing_clerk")


def export(plant, clerk):
    with plant.db.unit_of_work(PLANT) as uow:
        close(uow, open_period(uow, DAY))
    answer = clerk.submit(f"/billing/{LABEL}", f"/billing/{LABEL}/export", follow=True)
    assert f'data-poll="/billing/{LABEL}"' in answer.text
    assert clerk.get(f"/billing/{LABEL}?since=busy").status_code == 204
    drain(plant)
    assert "data-poll" not in clerk.get(f"/billing/{LABEL}?since=busy").text
    return answer


def test_every_page_reads_a_label_as_the_month_it_is(charged, plant, clerk, sign_in):
    """FY2027-12 is December 2026, the calendar month of the fiscal year that ends in 2027: never the label alone."""
    with plant.db.read_only(PLANT) as session:
        charges = session.execute(
            select(Charge.ulid, Agency.code).join(Agency, Agency.id == Charge.agency_id)
        ).all()
    month, (line, agency) = f"/billing/{LABEL}", charges[0]
    pages = [
        "/billing",
        month,
        f"{month}/{agency}",
        f"/charges/jobs/{charged}",
        f"/charges/lines/{show_ulid(line)}",
    ]
    texts = [clerk.get(page).text for page in pages]
    clerk.submit(month, f"{month}/close", knowing=list(CLOSING))
    texts.append(clerk.get("/second-person").text)
    texts.append(sign_in("requester").get("/charges").text)
    export(plant, clerk)
    texts.append(clerk.get(month).text)
    for text in texts:
        words = re.sub(r"<[^>]*>", "", text)
        assert words.count(f"November 2026 ({LABEL})") == words.count(LABEL)
    assert all(f"November 2026 ({LABEL})" in text for text in texts[:5])


def test_a_month_shows_its_charges_by_agency_and_account(charged, plant, clerk):
    assert f"November 2026 ({LABEL})" in clerk.get("/billing").text
    page = clerk.get(f"/billing/{LABEL}").text
    with plant.db.read_only(PLANT) as session:
        codes = session.scalars(
            select(BudgetUnit.bill_code).join(Charge, Charge.budget_unit_id == BudgetUnit.id)
        )
        total = sum(charge.cents.cents for charge in session.scalars(select(Charge)))
        assert all(code in page for code in codes)
    assert f"${total // 100:,}.{total % 100:02d}" in page


def test_a_charge_is_explained_on_one_page(charged, plant, clerk):
    with plant.db.read_only(PLANT) as session:
        agency = session.scalars(
            select(Agency.code).join(Job, Job.agency_id == Agency.id).filter_by(number=charged)
        ).one()
    page = clerk.get(f"/billing/{LABEL}/{agency}").text
    assert f"/charges/jobs/{charged}" in page
    page = clerk.get(f"/charges/jobs/{charged}").text
    links = re.findall(r"/charges/lines/\w{26}", page)
    assert links
    texts = [clerk.get(link).text for link in links]
    assert all(
        part in text for text in texts for part in ("Quantity times rate", "Sample rates", charged, "Journal")
    )
    postage = next(text for text in texts if "Postage of this job" in text)
    assert "$0.593" in postage
    with plant.db.read_only(PLANT) as session:
        number = session.scalars(select(PresortStream.number)).one()
    assert number in postage


def test_postage_opens_to_the_job_s_share_in_words(charged, plant, clerk):
    links = re.findall(r"/charges/lines/\w{26}", clerk.get(f"/charges/jobs/{charged}").text)
    assert not any("share of the postage" in clerk.get(link).text for link in links)
    with plant.db.unit_of_work(PLANT) as uow:
        part = uow.session.scalars(select(PresortShare).filter_by(position=0)).one()
        part.share_cents, part.alone_cents, part.level_cents = Money(356), Money(444), Money(356)
        part.alone_levels = {"single-piece": part.pieces}
    told = [text for link in links if "share of the postage" in (text := clerk.get(link).text)]
    assert len(told) == 2  # the two postage rows of the job, no other work of it
    assert "It pays $3.56: $0.88 less than alone." in told[0]
    assert "/shares" in told[0]


def test_a_month_with_work_not_charged_is_not_closed_and_names_it(charged, plant, clerk):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        make_usage(uow, job, unit="tab.piece")
    answer = clerk.submit(f"/billing/{LABEL}", f"/billing/{LABEL}/close")
    assert answer.status_code == 409
    assert f"{job.number} Tabbing, pieces" in answer.text
    assert job.number in clerk.get("/billing").text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(BillingPeriod.state)).one() is PeriodState.OPEN


def test_a_month_is_closed_and_exported_once_and_downloaded_again_with_the_same_bytes(charged, plant, clerk):
    answer = export(plant, clerk)
    assert "numbered" in answer.text
    page = clerk.get(f"/billing/{LABEL}").text
    with plant.db.read_only(PLANT) as session:
        run = session.scalars(select(ExportRun)).one()
    assert run.file_sha256 in page
    first, second = (clerk.get(f"/billing/{LABEL}/export.csv") for _ in range(2))
    assert first.status_code == 200
    assert first.data == second.data
    assert "attachment" in first.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(first.data.decode())))
    assert rows[-1][:3] == ["T", LABEL, str(run.rows)]
    assert len(rows) == run.rows + 2
    assert clerk.get(f"/billing/{LABEL}/export.csv").status_code == 200


def test_closing_is_read_first_and_takes_two(charged, plant, clerk, sign_in):
    """A page of consequences, a question that both see, and the yes of another person."""
    month = f"/billing/{LABEL}"
    assert "November 2026 (FY2027-11)" in clerk.get("/billing").text
    target, hidden = clerk.hidden(month, f"{month}/close")
    shown = clerk.post(target, data=hidden)
    assert shown.status_code == 409
    assert "Read this first" in shown.text
    assert "stand as they are" in shown.text
    knowing = {**clerk.hidden(month, f"{month}/close")[1], "knowing": list(CLOSING)}
    answers = [clerk.post(target, data=knowing, follow_redirects=True) for _ in range(2)]
    assert all("closes once a second person agrees" in answer.text for answer in answers[:1])
    page = clerk.get(month).text
    assert "Bill Clerk asks to close it. A second person must agree: Ada Administrator" in page
    with plant.db.read_only(PLANT) as session:
        ulid = show_ulid(session.scalars(select(BillingPeriod.ulid)).one())
    agree = f"/second-person/close_period/{ulid}"
    assert "You asked for this yourself" in clerk.get("/second-person").text
    own = clerk.post(agree, data={**clerk.hidden("/rate-cards")[1], "knowing": list(CLOSING)})
    assert own.status_code == 409
    ada = sign_in("administrator")
    assert "Close November 2026 (FY2027-11)" in ada.get("/second-person").text
    done = ada.submit("/second-person", agree, knowing=list(CLOSING), follow=True)
    assert "November 2026 (FY2027-11) is closed" in done.text
    assert "Nothing waits for a second person" in done.text
    assert sign_in("mail_operator").get("/second-person").status_code == 403


def test_there_is_no_file_before_the_export(charged, clerk):
    assert clerk.get(f"/billing/{LABEL}/export.csv").status_code == 404


@pytest.mark.parametrize(
    "label", ["FY2027-13", "FY2027", "FYxxxx-11", "2027-11", "FY2019-01", "FY2027-1\N{SUPERSCRIPT ONE}"]
)
def test_a_month_that_does_not_exist_is_not_found(charged, clerk, label):
    assert clerk.get(f"/billing/{label}").status_code == 404


def test_suspense_is_named_with_its_reason(app, plant, clerk):
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_mailing(uow, jobs=1, pieces=10)
        job = uow.session.scalars(select(MailJob).filter_by(lot_id=stream.id)).one()
        for unit in uow.session.scalars(select(BudgetUnit).filter_by(agency_id=job.agency_id)):
            unit.closed_at = uow.now
        charge_stream(uow, stream)
    for page in ("/billing", f"/billing/{LABEL}"):
        text = clerk.get(page).text
        assert "the account is closed" in text
        assert job.number in text


def test_long_lists_of_what_keeps_a_month_open_say_that_more_follow(app, plant, clerk, monkeypatch):
    monkeypatch.setattr(queries, "LISTED", 2)
    with plant.db.unit_of_work(PLANT) as uow:
        jobs = [make_job(uow) for _ in range(3)]
        for job in jobs:
            make_usage(uow, job)
    text = clerk.get("/billing").text
    assert [job.number in text for job in jobs] == [True, True, False]
    assert "The first 2 are shown; more follow once these are charged." in text


def test_a_charge_in_suspense_is_taken_back_and_charged_to_a_valid_account(app, plant, clerk):
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        wrong = uow.session.scalars(select(BudgetUnit).filter_by(bill_code="DEX-100")).one()
        wrong.closed_at = uow.now
        job = make_job(uow, agency=agency, budget_unit=wrong)
        make_usage(uow, job)
        charge_job(uow, job)
        line = show_ulid(uow.session.scalars(select(Charge.ulid).filter_by(job_id=job.id)).one())
    url = f"/charges/lines/{line}"
    assert clerk.submit(url, f"{url}/again", account="DEX-200", reason=" ").status_code == 422
    answer = clerk.submit(url, f"{url}/again", account="DEX-200", reason="account was closed", follow=True)
    assert "Taken back and charged again" in answer.text
    assert "taken back by a later correction" in answer.text
    page = clerk.get(f"/charges/jobs/{job.number}").text
    assert "DEX-200" in page
    assert "reversed" in page
    assert job.number not in clerk.get("/billing").text
    again = clerk.post(f"{url}/again", data=clerk.hidden("/rate-cards")[1] | {"reason": "once more"})
    assert again.status_code == 409


def test_an_agency_cannot_correct_its_charges(charged, plant, sign_in):
    with plant.db.read_only(PLANT) as session:
        line = show_ulid(session.scalars(select(Charge.ulid)).first())
    rita = sign_in("requester")
    hidden = rita.hidden("/drafts/new")[1]
    assert rita.post(f"/charges/lines/{line}/again", data=hidden | {"reason": "no"}).status_code == 403


def test_rate_cards_are_listed_shown_and_loaded(app, plant, clerk):
    answer = clerk.submit(
        "/rate-cards", name="Sample rates", effective_from="2027-07-01", follow=True,
        card=(io.BytesIO(SAMPLE.read_bytes()), "rates.csv"),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert "print.impression" in answer.text
    assert clerk.get("/rate-cards").text.count("Sample rates") == 2
    assert "to come" in clerk.get("/rate-cards").text


def test_a_withdrawn_draft_asks_nobody_any_more(app, plant, clerk):
    clerk.submit(
        "/rate-cards", name="Sample rates", effective_from="2027-07-01",
        card=(io.BytesIO(SAMPLE.read_bytes()), "rates.csv"),
    )  # fmt: skip
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(RateCard.ulid).order_by(RateCard.id.desc())).first()
    page = f"/rate-cards/{show_ulid(draft)}"
    assert "Sample rates" in clerk.get("/second-person").text
    assert "is withdrawn" in clerk.submit(page, f"{page}/withdraw", follow=True).text
    assert "Nothing waits for a second person" in clerk.get("/second-person").text


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (
            {"card": (CARD + "print.impression,Pages,dear,,\nx,,1,,\n").encode()},
            ["Line 2", "Line 3", "AMOUNT_INVALID"],
        ),
        ({"card": b"unit,rate\n"}, ["Columns missing", "DATA_HEADER"]),
        ({"card": b"\xff\xfe"}, ["not UTF-8"]),
        ({"card": b""}, ["Prices (CSV): The file is empty."]),
        ({}, ["RATE_OVERLAP", "Sample rates from 2025-07-01"]),
        ({"name": " "}, ["Name: Fill this in.", 'href="#name"']),
        ({"effective_from": "soon"}, ["In force from: &#34;soon&#34; is not a day.", 'value="soon"']),
    ],
)
def test_a_card_that_is_wrong_is_refused_line_by_line(app, plant, clerk, wish, words):
    given = {"name": "Other rates", "effective_from": "2026-07-01", "card": SAMPLE.read_bytes()} | wish
    given["card"] = (io.BytesIO(given["card"]), "rates.csv")
    answer = clerk.submit("/rate-cards", **given)
    assert answer.status_code == 422
    assert all(word in answer.text for word in words)
    assert "Other rates" not in clerk.get("/rate-cards").text


def test_an_agency_sees_its_own_charges_and_nobody_elses(app, plant, sign_in):
    with plant.db.unit_of_work(PLANT) as uow:
        agencies = {row.code: row for row in uow.session.scalars(select(Agency))}
        jobs = {
            code: make_job(uow, agency=agencies[code], title=f"Letter of {code}") for code in ("DEX", "OSR")
        }
        for code, job in jobs.items():
            make_usage(uow, job, quantity="100" if code == "DEX" else "7777")
            charge_job(uow, job)
        lines = {
            code: uow.session.scalars(select(Charge.ulid).filter_by(job_id=job.id)).one()
            for code, job in jobs.items()
        }
    rita = sign_in("requester")
    assert LABEL in rita.get("/charges").text
    page = rita.get(f"/charges/{LABEL}").text
    assert jobs["DEX"].number in page
    assert jobs["OSR"].number not in page
    assert rita.get(f"/charges/jobs/{jobs['DEX'].number}").status_code == 200
    assert rita.get(f"/charges/lines/{show_ulid(lines['DEX'])}").status_code == 200
    for stranger in (
        f"/charges/jobs/{jobs['OSR'].number}", f"/charges/lines/{show_ulid(lines['OSR'])}", "/charges/FY2020-01",
    ):  # fmt: skip
        assert rita.get(stranger).status_code == 404
    for closed in (
        "/billing",
        f"/billing/{LABEL}",
        f"/billing/{LABEL}/OSR",
        f"/billing/{LABEL}/export.csv",
        "/rate-cards",
    ):
        assert rita.get(closed).status_code == 403


def test_long_statements_come_in_pages_without_losing_a_job(app, plant, clerk, monkeypatch):
    monkeypatch.setattr(periods, "PAGE", 2)
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        numbers = []
        for _ in range(5):
            job = make_job(uow, agency=agency)
            make_usage(uow, job)
            charge_job(uow, job)
            numbers.append(job.number)
    url, seen = f"/billing/{LABEL}/DEX", []
    while url:
        page = clerk.get(url).text
        seen += re.findall(r"/charges/jobs/([\d-]+)", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(numbers)


@pytest.mark.parametrize("role", ["print_operator", "mail_operator", "administrator", "requester"])
def test_only_the_clerk_comes_in(app, sign_in, role):
    assert sign_in(role).get("/billing").status_code == 403


def test_a_person_who_changes_names_is_shown_by_the_new_one_at_once(sign_in, plant):
    clerk = sign_in("billing_clerk")
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.scalars(select(RateCard)).first().loaded_by = "mona"
    assert "Mona Mailroom" in clerk.get("/rate-cards").text
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.scalars(select(User).filter_by(sign_in_name="mona")).one().full_name = "Mona Letterman"
    page = clerk.get("/rate-cards").text
    assert ("Mona Letterman" in page, "Mona Mailroom" in page) == (True, False)
