"""Every kind of step that is shipped, run from a tablet: badge, ticket, first piece, good and spoiled, in balance."""

import itertools

from sqlalchemy import select

from production.catalog import planning
from production.catalog.feeds import carried
from production.catalog.models import OperationType, Place
from production.catalog.queries import PlannedStep
from production.catalog.shipped import shipped_catalog
from production.floor.checks import counts_balance
from production.floor.ledger.of_job import job_ledger
from production.floor.models import SpellKind
from production.floor.runs import RunStep, plan_run, steps_of
from production.floor.working.spells import first_kind
from production.jobs.models import Job, Usage
from production.jobs.states import JobKind, JobState, OperationCode
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, PLANT, make_item, make_job, make_stream
from tests.web.test_devices import PIN, tablet  # noqa: F401  a fixture

TYPES = {row.code: row for row in shipped_catalog().operation_type}
MACHINES = {row.work_center_class: row.name for row in shipped_catalog().work_center}
ELSEWHERE = {code for code, row in TYPES.items() if row.place is not Place.FLOOR}
OF_MAIL = OperationCode.FOLD_INSERT  # what it works on is told apart, piece by piece
SHEETS = 9_000
FACTS = {"sides": 2, "n_up": 4, "parts": 3, "pad": 50, "shrink_wrap": 5}
SPOILED, LEFT = 2, 1


def chains():
    """Runs that have each kind of step once, a press at their head: every step takes what the one before gives."""
    waiting = {code: row for code, row in TYPES.items() if code not in ELSEWHERE | {OF_MAIL}}
    while waiting:
        kind, chain, unit = TYPES[OperationCode.PRINT], [], None
        if heads := [row for row in waiting.values() if not row.from_units]:
            kind = heads[0]
        while kind is not None:
            waiting.pop(kind.code, None)
            chain.append(kind)
            unit = carried(kind.unit, unit)
            kind = next((row for row in waiting.values() if unit in row.from_units), None)
        assert len(chain) > 1 or heads, f"nothing that is shipped gives {next(iter(waiting))} what it takes"
        yield chain


def planned(plant):
    """A job and a run for each chain, counted as a route of the catalog is: number, ticket and kind of each step."""
    found = []
    with plant.db.unit_of_work(PLANT) as uow:
        for chain in chains():
            route = [
                PlannedStep(at, uow.session.get_one(OperationType, kind.code), (at - 1,) if at > 1 else ())
                for at, kind in enumerate(chain, start=1)
            ]
            steps = steps_of(uow.session, planning.plan(route, SHEETS, FACTS))
            job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, pieces=steps[-1].quantity)
            make_item(uow, job)
            run = plan_run(uow, [(job, job.quantity)], steps, ready_by=MAIL_DATE)
            found.append((job.number, [(f"{run.number}-{one.step:02}", TYPES[one.type]) for one in steps]))
    return found


class Floor:
    """What the pages of a tablet send as Pat walks with it from machine to machine, each act with a key of its own."""

    def __init__(self, browser, plant):
        self.browser, self.plant = browser, plant
        browser.post("/sign-out", data=browser.hidden("/floor", "/sign-out")[1])
        assert browser.submit("/floor/shift", name="badge-pat", pin=PIN).location == "/floor"
        _, self.hidden = browser.hidden("/floor", "/floor/scan")
        self.keys = itertools.count()

    def post(self, url, **typed):
        body = self.hidden | {"idempotency_key": f"{next(self.keys)}"} | typed
        return self.browser.post(url, data=body, headers={"Accept": "application/json"})

    def scan(self, ticket, page="/floor", **more):
        return self.post(f"{page}/scan", scan=ticket, **more).json["message"]

    def act(self, ticket, verb, **typed):
        assert self.post(f"/floor/{ticket}/{verb}", **typed).status_code == 303, (ticket, verb)

    def start(self, ticket, kind, *, is_wet=False):
        """By its scan, at a machine of its class; what dries or sets is not begun unknowingly."""
        place = MACHINES[kind.work_center_class]
        self.post("/floor/work-center", work_center=place)
        said = self.scan(ticket)
        if is_wet:
            assert "must dry or set" in said
            self.act(ticket, "start", work_center=place, reason="It is dry")
        else:
            assert said.startswith(f"Started: {kind.name[0].lower()}{kind.name[1:]} {ticket}"), said

    def balances(self, job):
        """Of each step by its ticket, on a count sheet whose every line balances."""
        with self.plant.db.read_only(PLANT) as session:
            ledger = job_ledger(session, job)
        assert ledger.balanced
        return {line.ticket: line.balance for line in ledger.lines}


def test_every_shipped_kind_of_step_is_run_by_scan_and_balances(tablet, plant):  # noqa: F811
    floor, runs = Floor(tablet.browser, plant), planned(plant)
    for job, steps in runs:
        is_wet, sheet = False, floor.balances(job)
        for ticket, kind in steps:
            floor.start(ticket, kind, is_wet=is_wet)
            if first_kind(kind) is SpellKind.RUN:  # nothing is set up: the page says so
                assert "running already" in floor.post(f"/floor/{ticket}/run").text
            else:
                floor.act(
                    ticket, "run", **{f"measured-{at}": "0" for at, _ in enumerate(kind.checks, start=1)}
                )
            into = sheet[ticket].into
            good, is_wet = into - SPOILED - LEFT, bool(kind.lag_minutes)
            floor.act(ticket, "finish", good=str(good), pieces=str(SPOILED), reason=kind.spoil_reasons[0])
            sheet = floor.balances(job)
            assert sheet[ticket] == (into, good, SPOILED, 0), kind.code
    run = {kind.code for _, steps in runs for _, kind in steps} | run_mail(floor, plant)
    assert run == TYPES.keys() - ELSEWHERE, "a kind of step that is shipped is not run here"
    with plant.db.read_only(PLANT) as session:
        jobs = select(Job.state).where(Job.number.in_([job for job, _ in runs]))
        assert set(session.scalars(jobs)) == {JobState.PRODUCED}
        used = set(session.scalars(select(Usage.unit)))
        assert list(counts_balance(Survey(session, plant.files))) == []
    assert used == {TYPES[code].usage_unit for code in run} - {None}


def run_mail(floor, plant):
    """Pieces in envelopes, told apart: what is spoiled is named. Then what no machine of the floor does is scanned."""
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow, files=plant.files, pieces=10, segments=1)
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        steps = [RunStep(at, code, 10) for at, code in enumerate(sorted(ELSEWHERE), start=1)]
        run = plan_run(uow, [(job, 10)], steps, ready_by=MAIL_DATE)
    for at, kind in ((40, TYPES[OperationCode.PRINT]), (50, TYPES[OF_MAIL])):
        ticket = f"{stream.number}-{at}-01"
        floor.start(ticket, kind)
        spoiled = floor.scan(str(at // 10), f"/floor/{ticket}", reason=kind.spoil_reasons[0])
        assert spoiled.startswith(f"Piece {at // 10} spoiled")
        floor.act(ticket, "run", **{f"measured-{check}": "0" for check, _ in enumerate(kind.checks, start=1)})
        assert "good pieces" in floor.scan(ticket, f"/floor/{ticket}")
    for one in steps:
        assert "not a ticket of the floor" in floor.scan(f"{run.number}-{one.step:02}")
    return {OF_MAIL}
