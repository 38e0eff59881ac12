"""Standards measured: what finished runs took, the proposal with its effect on quotes, and a person who accepts it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from kernel import clock
from production.catalog.pace import Pace
from production.catalog.press_room.kinds import PRESSES
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.charged import charged_units, with_rates
from production.catalog.products.families import families
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.floor.ledger.lines import BY_STANDARD
from production.floor.models import CountLine, FloorSpell, SpellKind
from production.floor.runs import RunStep, plan_run
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.jobs.models import JobFile, Operation
from production.jobs.states import JobKind, JobState
from production.jobs.states import OperationState as O
from production.learning import measured
from store.files import record_file
from tests.factories import MAIL_DATE, PLANT, keep, make_job
from web.commands import standards as standards_command
from web.commands.console import make_console
from workers.runtime import drain

PAGE = "/setup/learned/press/digital-mono"
SPEC = spec_of(
    {
        "product": "flat_form", "quantity": 10_000, "trim": [8.5, 11], "force": {"press": "digital-mono"},
        "components": [{"name": "sheet", "stock": "bond20", "colours": [1, 1]}],
    }
)  # fmt: skip
SETUP, SHEETS = 10, 1_000  # minutes of make-ready, and how much each run prints of both sides


def finished(uow, run, at, *, speed, spoiled=24):
    """An operation that was done by the plan: both sides of 1,000 sheets behind four of set-up."""
    operation = uow.session.query(Operation).filter_by(lot_id=run.id).one()
    begun = uow.now - timedelta(days=5 + at)
    operation.state, operation.finished_at, operation.work_center = (
        O.DONE,
        begun + timedelta(hours=8),
        "press-1",
    )
    operation.good, operation.spoiled = 1_004 - spoiled, spoiled
    turn, minutes = begun + timedelta(minutes=SETUP), 2 * (SHEETS) * 60 / speed
    for kind, start, end in (
        (SpellKind.MAKE_READY, begun, turn), (SpellKind.RUN, turn, turn + timedelta(minutes=minutes)),
    ):  # fmt: skip
        uow.session.add(
            FloorSpell(
                operation_id=operation.id, work_center="press-1", person="pat", kind=kind, began_at=start, ended_at=end,
                began_recorded_at=start, ended_recorded_at=end,
            )
        )  # fmt: skip
    uow.session.add(
        CountLine(
            operation_id=operation.id, good=operation.good, spoiled=spoiled, held=0, taken=0, actor="pat",
            reason="Jam" if at else BY_STANDARD, occurred_at=uow.now, recorded_at=uow.now,
        )
    )  # fmt: skip
    return operation.ticket


def quoted(uow, plant):
    """A job of which the estimate is kept with its standards, money and all."""
    job = make_job(uow, kind=JobKind.PRINT, state=JobState.PROOF_READY, title="Request forms")
    prices = {one.code: one.rate for one in charged_units(shipped_standards())}
    standards = with_rates(shop_standards(uow.session), lambda unit: prices.get(unit, Decimal(1)))
    for role, model in (("spec", SPEC), ("standards", standards)):
        ref = plant.files.keep_bytes(model.model_dump_json(by_alias=True).encode(), "application/json")
        record_file(uow, ref)
        keep(
            uow,
            JobFile(
                job_id=job.id, revision=1, role=role, sha256=ref.sha256, given_name=f"{role}.json", pages=None
            ),
        )
    total = estimate(SPEC, standards, families()).chosen.price
    keep(uow, Quote(job_id=job.id, revision=1, total=total, postage=total, single_piece_postage=total,
                    snapshot=QuoteSnapshot(), made_at=uow.now - timedelta(days=3)))  # fmt: skip
    return job.number, total


@pytest.fixture
def worked(app):
    """Ten runs at half the speed of the standard, one of them wild; and a quote."""
    plant = app.extensions["plant"]
    with plant.db.unit_of_work(PLANT) as uow:
        tickets = []
        for at in range(11):
            pace = Pace("press", "digital-mono", 1, Decimal(2 * SHEETS), "bond20")
            job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
            step = RunStep(10, "print", 1_000, given=1_004, setup=4, pace=pace)
            run = plan_run(uow, [(job, 1_000)], [step], ready_by=MAIL_DATE)
            tickets.append(finished(uow, run, at, speed=300 if at == 10 else 2_700))
        number, total = quoted(uow, plant)
    return plant, tickets, number, total


@pytest.mark.killed
def test_what_the_floor_took_is_proposed_and_accepted_by_a_person(worked, sign_in):
    plant, tickets, number, _ = worked
    planner = sign_in("planner")
    assert "Proposal" in planner.get("/setup/learned").text
    page = planner.get(PAGE).text
    assert "2,700 instead of 5,400" in page
    assert "10 instead of 5" in page
    assert page.count("<svg") >= 3
    assert "0.11 times the usual" in page
    assert tickets[10] in page
    assert number in page.replace("\u2060", "")
    form = {"figures": ["per_hour=2700", "makeready_minutes=10"], "why": "Measured"}
    asked = planner.submit(PAGE, **form)
    assert "PRINT_STANDARD_CHANGE" in asked.text or "priced from now on" in asked.text
    assert planner.submit(PAGE, **form, knowing=["PRINT_STANDARD_CHANGE", "SAMPLE_PRICES"]).status_code == 303
    with plant.db.read_only(PLANT) as session:
        row = PRESSES.find(session, "digital-mono")
        assert (row.per_hour, row.makeready_minutes, row.waste_percent) == (2700, 10, Decimal(1))
        assert row.source.startswith("Measured: 11 runs until")
        left = measured.learned_of(session, clock.now(), "press", row)
        assert left.figures[0].proposed is left.figures[1].proposed is None
    assert (
        planner.submit(PAGE, figures="per_hour=2700").status_code == 409
    )  # what was shown is not proposed any more
    assert sign_in("requester").get(PAGE).status_code == 403


def test_the_console_tells_evidence_effect_and_what_is_missing(worked, monkeypatch):
    plant, tickets, number, total = worked

    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(standards_command, "opened_plant", opened)
    indicia = make_console(drain=drain, run=lambda *_, **__: None)
    answer = CliRunner().invoke(indicia, ["standards", "propose", "--json"])
    (told,) = json.loads(answer.output)["standards"]
    speed, setup, units, waste = told["figures"]
    assert (told["key"], told["runs"], speed["proposed"], setup["proposed"]) == ("digital-mono", 11, 2700, 10)
    assert [one["ticket"] for one in speed["left_out"]] == [tickets[10]]
    assert speed["runs"] == 10
    assert speed["confidence"]["from"] == pytest.approx(2700) == speed["confidence"]["to"]
    assert (
        waste["proposed"] == 2
    )  # 20 of 1,000 behind set-up; the one by the standard's own guess does not count
    assert (units["proposed"], waste["runs"]) == (None, 10)
    effect = told["effect"]
    assert (effect["quotes"], effect["before"]) == (1, total.plain)
    # 10,208 sheets of both sides at 2,700 sides an hour and 10 minutes, where it was 10,102 at 5,400 and 5.
    assert effect["changed"][0]["job"] == number
    assert Decimal(effect["after"]) > Decimal(effect["before"]) + 80
    words = CliRunner().invoke(indicia, ["standards", "propose"]).output
    assert "Speed an hour: 2,700 instead of 5,400." in words
