"""The sorter's pages: mail registered, a run made, its log taken in, its account closed; refusals in words."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from production.jobs.models import Job
from production.jobs.states import JobKind, JobState, LotState
from production.mailings.address_evidence import evidence_of
from production.mailings.models import PresortStream
from production.mailroom.sorter.models import SorterDrop
from tests.factories import PLANT
from tests.production import sorting
from workers.runtime import drain

HOME, MAIL, NEW = "/mailroom/sorter", "/mailroom/sorter/mail/new", "/mailroom/sorter/new"
DROP = {
    "account": "DEX DEX-100", "title": "Renewals", "mail_class": "first-class", "mail_date": "2025-08-01",
    "envelope": "window10",
    "weight_oz": "0.8", "thickness_in": "0.02", "counted_by": "count", "counted": "600", "total_weight_oz": "",
}  # fmt: skip
MACHINE = {"machine": "SORTER-1", "bins": "6", "passes": "2", "stacker_pieces": "400"}
LETTERS = {70801: 200, 70802: 170, 70112: 160, 60601: 40, 2134: 30}


@pytest.fixture
def mona(app, sign_in):
    return sign_in("mail_operator")


def numbers(plant):
    with plant.db.read_only(PLANT) as session:
        return list(session.scalars(select(Job.number).filter_by(kind=JobKind.BROUGHT_IN).order_by(Job.id)))


def runs(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(PresortStream).order_by(PresortStream.id)).all()


def register(mona, **changes):
    return mona.submit(MAIL, **(DROP | changes))


def make_run(mona, plant, **changes):
    """A run of all mail that waits, with its bin plan; gives its address."""
    typed = MACHINE | {"density": (io.BytesIO(sorting.DENSITY.encode()), "density.csv")} | changes
    query = "&".join(f"job={number}" for number in numbers(plant))
    answer = mona.submit(f"{NEW}?{query}", NEW, job=numbers(plant), **typed)
    assert answer.status_code == 303, answer.text
    drain(plant)
    return f"{HOME}/runs/{runs(plant)[-1].number}"


def give(mona, plant, run, data, *, drained=True):
    answer = mona.submit(run, f"{run}/logs", log=(io.BytesIO(data), "log.csv"))
    if drained:
        drain(plant)
    return answer


def test_empty_pages_say_what_to_do(mona):
    page = mona.get(HOME).text
    assert "No mail waits for the sorter" in page
    assert "No run yet" in page
    assert "No mail is chosen." in mona.get(NEW).text


def test_mail_is_registered_once_with_its_account(mona, plant):
    target, hidden = mona.hidden(MAIL)
    assert [mona.post(target, data=hidden | DROP).status_code for _ in range(2)] == [303, 303]
    page = mona.get(HOME).text
    assert "Renewals" in page
    (number,) = numbers(plant)
    assert mona.get(f"/jobs/{number}").status_code == 200
    answer = mona.submit(HOME, f"{HOME}/mail/{number}/remove", reason="taken away")
    assert answer.status_code == 303
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job)).one().state is JobState.CANCELLED
        assert session.scalars(select(SorterDrop)).one().counted == 600


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"account": "nobody"}, "No account is called that"),
        ({"title": " "}, "Say what the mail is"),
        ({"counted": "many"}, "This is not a whole number."),
        ({"counted": "0"}, "1 to 1,000,000 pieces"),
        ({"weight_oz": "heavy"}, "not a number over zero"),
        ({"weight_oz": "5"}, "only machinable letters"),
        ({"envelope": "sack"}, "envelope is not known"),
        ({"mail_class": "airship"}, "class is not known"),
        ({"counted_by": "weight"}, "Enter what all pieces weighed"),
        ({"mail_date": "soon"}, "not a day"),
        ({"mail_date": "2026-11-29"}, "The next mail day is Monday, November 30, 2026."),
        ({"total_weight_oz": "-1"}, "not a number over zero"),
    ],
)
def test_wrong_mail_is_refused_in_words_and_what_was_typed_stays(mona, plant, wrong, words):
    answer = register(mona, **wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert numbers(plant) == []


def test_a_run_from_its_bins_to_its_trays(mona, plant):
    register(mona)
    register(mona, account="OSR OSR-010", title="Records", counted="610")
    run = make_run(mona, plant)
    page = mona.get(run).text
    assert "Bin plan" in page
    assert "No log yet" in page
    bins = mona.get(f"{run}/bins?zip=70801").text
    assert "70801 goes to BATON ROUGE LA 70801" in bins
    assert "five digits" in mona.get(f"{run}/bins?zip=7").text
    assert re.search(r"Bin \d fed again", mona.get(f"{run}/cards").text)
    assert mona.get(f"{run}/sort-table.csv").text.startswith("first_zip,last_zip,pass_1,pass_2")
    assert mona.get(f"{run}/bin-plan.json").json["bins"] == 6
    stream = runs(plant)[0]
    log = sorting.run_machine(plant, stream, sorting.pieces(LETTERS, LETTERS), missort_rate=0.01)
    data = sorting.log_bytes(log)
    give(mona, plant, run, data[:-30])
    assert "SORTER_LOG_CUT" in mona.get(run).text
    assert "data-poll" not in mona.get(run).text
    give(mona, plant, run, data, drained=False)
    assert f'data-poll="{run}"' in mona.get(run).text
    assert mona.get(f"{run}?since=busy").status_code == 204
    drain(plant)
    page = mona.get(run).text
    assert "SORTER_MISSORT" in page
    assert "610 counted in, 600 found" in page
    answer = give(mona, plant, run, data)
    assert answer.status_code == 422
    assert "This file was given on" in answer.text
    rejects = mona.submit(run, f"{run}/close", word="")
    assert rejects.status_code == 409
    assert "does not close to the piece" in rejects.text
    assert mona.submit(run, f"{run}/close", word="Ten envelopes were empty.").status_code == 303
    drain(plant)
    page = mona.get(run).text
    assert "Ten envelopes were empty." in page
    assert "Trays, papers, dock" in page
    sheet = mona.get(f"/mailroom/streams/{stream.number}").text
    assert "In their trays" in sheet
    assert "Segments" not in sheet
    assert "Withdraw pieces" not in sheet
    assert mona.get(f"/mailroom/streams/{stream.number}/pieces/1").status_code == 200
    assert mona.get(f"/mailroom/streams/{stream.number}/trays/1").status_code == 200
    assert (
        mona.submit(
            f"/mailroom/streams/{stream.number}", f"/mailroom/streams/{stream.number}/finish"
        ).status_code
        == 303
    )
    assert runs(plant)[0].state is LotState.PRODUCED


def test_rejects_are_entered_for_each_job(mona, plant):
    register(mona)
    run = make_run(mona, plant)
    stream = runs(plant)[0]
    log = sorting.run_machine(plant, stream, sorting.pieces(LETTERS), reject_rate=0.03)
    give(mona, plant, run, sorting.log_bytes(log))
    (number,) = numbers(plant)
    page = mona.get(run).text
    assert f"Rejects of {number}" in page
    wrong = mona.submit(run, f"{run}/rejects", job=number, hand_sorted="601", returned="0")
    assert wrong.status_code == 422
    assert "cannot be sorted by hand" in wrong.text
    assert mona.submit(run, f"{run}/rejects", job=number, hand_sorted="2", returned="1").status_code == 303
    page = mona.get(run).text
    assert "rejected pieces lie there: feed them again" in page
    assert f'action="{run}/close"' not in page


def test_a_log_is_taken_back_with_a_reason(mona, plant):
    register(mona)
    run = make_run(mona, plant)
    log = sorting.run_machine(plant, runs(plant)[0], sorting.pieces(LETTERS))
    give(mona, plant, run, sorting.log_bytes(log))
    assert "Take this log back" in mona.get(run).text
    answer = mona.submit(run, f"{run}/logs/1/discard", reason="of the wrong day")
    assert answer.status_code == 303, answer.text
    assert "Discarded" in mona.get(run).text


def test_a_bin_plan_that_cannot_be_made_is_asked_for_again(mona, plant):
    register(mona)
    run = make_run(mona, plant, bins="4", passes="1")
    page = mona.get(run).text
    assert "SORTER_REACH" in page
    density = (io.BytesIO(sorting.DENSITY.encode()), "density.csv")
    answer = mona.submit(run, f"{run}/plan", **MACHINE, density=density)
    assert answer.status_code == 303, answer.text
    drain(plant)
    assert "Handlings" in mona.get(run).text
    assert mona.get(f"{HOME}/runs/27-000009-9").status_code == 404


def test_a_run_without_density_or_of_mail_that_does_not_fit_is_refused(mona, plant):
    register(mona)
    register(mona, weight_oz="1.2")
    query = "&".join(f"job={number}" for number in numbers(plant))
    page = mona.get(f"{NEW}?{query}").text
    assert "differ in weight" in page
    first = numbers(plant)[0]
    answer = mona.submit(f"{NEW}?job={first}", NEW, job=first, **MACHINE)
    assert answer.status_code == 422
    assert "No earlier run" in answer.text


@pytest.mark.parametrize("role", ["requester", "print_operator", "billing_clerk"])
def test_only_the_mailroom_sees_the_sorter(app, sign_in, role):
    browser = sign_in(role)
    for url in (HOME, MAIL, NEW, f"{HOME}/runs/27-000001-4"):
        assert browser.get(url).status_code == 403


def test_an_agency_follows_its_own_mail(mona, sign_in, plant):
    register(mona)
    (number,) = numbers(plant)
    page = sign_in("requester").get(f"/jobs/{number}")
    assert page.status_code == 200
    assert "Brought in and counted" in page.text
    assert sign_in("other_agency").get(f"/jobs/{number}").status_code == 404


def test_what_the_agency_says_of_its_addresses_is_kept(plant, mona):
    said = {"matched_on": "2025-06-15", "move_update": "NCOALink", "moved_on": "2025-07-01"}
    assert register(mona, **said).status_code == 303
    with plant.db.read_only(PLANT) as session:
        (listed,) = evidence_of(
            session, session.scalars(select(Job).filter_by(kind=JobKind.BROUGHT_IN)).all()
        )
    assert {(one.kind.value, one.method, one.processed_on.isoformat()) for one in listed.evidence} == {
        ("cass", "CASS", "2025-06-15"), ("move_update", "NCOALink", "2025-07-01"),
    }  # fmt: skip
    late = register(mona, **(said | {"moved_on": "2025-09-01"}))
    assert late.status_code == 422
    assert "after the mail date" in late.text
    unsaid = register(mona, **(said | {"move_update": ""}))
    assert "Say how moves were followed" in unsaid.text
