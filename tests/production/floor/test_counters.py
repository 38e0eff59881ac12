"""Counters beside claims: readings, cases, files, and machines that do wrong from a seed: each fault is named."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.errors import Conflict, InvalidInput, NotFound
from production.floor import machine_folders
from production.floor.counters import cases
from production.floor.counters.reading import Shown, counted, last, read, read_file
from production.floor.counters.setup import COUNTERS, CounterValue
from production.floor.ledger.lines import Counted
from production.floor.operations import count, find_ticket, finish, start
from production.floor.printers.counted import reported
from production.floor.runs import RunStep, plan_run
from production.floor.xjdf.folder import reports_of, take_in
from production.jobs.states import JobKind, JobState
from production.people import setup
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job
from tests.machines import Machine

PRESS, FOLDER, STITCHER = "press-1", "folder-1", "stitcher-1"
SEED = 4  # plants each fault at least once
MACHINES = {"print": PRESS, "fold": FOLDER, "stitch": STITCHER}


@pytest.mark.parametrize(
    ("before", "after", "through"),
    [(10, 15, 5), (9_999_990, 7, 17), (0, 0, 0), (5_000, 4_999, None), (9_999_990, 2_000_000, None)],
)
def test_a_counter_rolls_over_or_went_back(before, after, through):
    assert counted(before, after, 10**7) == through


@pytest.fixture
def kept(plant):
    """Counters of three machines."""
    with plant.db.unit_of_work(PLANT) as uow:
        for code, name in ((FOLDER, "Folder 1"), (STITCHER, "Stitcher 1")):
            uow.session.execute(
                text(
                    "INSERT INTO work_center (code, name, is_active, source, work_center_class)"
                    " VALUES (:code, :name, true, 'a test', :class) ON CONFLICT DO NOTHING"
                ),
                {"code": code, "name": name, "class": code.partition("-")[0]},
            )
        for code in MACHINES.values():
            setup.put(uow, COUNTERS, CounterValue(work_center=code, name="Total"), why="A test")
    return plant


def run_of(plant, sheets):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        steps = [
            RunStep(10, "print", sheets),
            RunStep(20, "fold", sheets, needs=[10]),
            RunStep(30, "stitch", sheets, needs=[20]),
        ]
        return plan_run(uow, [(job, sheets)], steps, ready_by=MAIL_DATE).number


def work(plant, ticket, center, good, spoiled, at):
    with clock.at(at), plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ticket, work_center=center)
        finish(
            uow,
            ticket,
            files=plant.files,
            good=good,
            spoiled=str(spoiled) if spoiled else "",
            reason="Jam" if spoiled else "",
        )


def look(plant, center, value, at, **more):
    with clock.at(at), plant.db.unit_of_work(OPERATOR) as uow:
        return read(uow, Shown(center, value, at, **more))


def test_a_difference_is_a_case_with_owner_reason_and_outcome_and_a_correction_shows(kept):
    begun = clock.now() - timedelta(hours=5)
    ticket = f"{run_of(kept, 500)}-10"
    assert look(kept, "Press 1", 9_999_900, begun) is None
    work(kept, ticket, PRESS, 480, 20, begun + timedelta(hours=1))
    opened = look(kept, PRESS, 340, begun + timedelta(hours=2))  # over the end of its digits: 440
    assert (opened.counted, opened.claimed, opened.owner) == (440, 500, OPERATOR.name)
    with clock.at(begun + timedelta(hours=3)), kept.db.unit_of_work(OPERATOR) as uow:
        count(uow, ticket, Counted(good=-60, reason="Counted wrongly"))
    assert look(kept, PRESS, 340, begun + timedelta(hours=4)) is None  # the correction is of the time before
    with kept.db.unit_of_work(OPERATOR) as uow:
        (case,) = cases.cases(uow.session)
        assert (case.now, case.finding.code) == (440, "DEVICE_COUNT")
        cases.hand_over(uow, opened.ulid, "mona")
        with pytest.raises(InvalidInput):
            cases.end(uow, opened.ulid, reason="Counted wrongly", outcome=" ")
        cases.end(uow, opened.ulid, reason="Counted wrongly", outcome="A skid was counted twice")
        with pytest.raises(Conflict):
            cases.end(uow, opened.ulid, reason="Counted wrongly", outcome="Again")
        assert cases.cases(uow.session) == []
    with pytest.raises(DBAPIError, match=r"append|change"), kept.db.unit_of_work(OPERATOR) as uow:
        uow.session.execute(text("UPDATE counter_reading SET value = 1"))


def test_readings_that_nobody_can_have_made_are_refused(kept):
    now = clock.now()
    look(kept, PRESS, 500, now - timedelta(hours=1))
    for center, value, at in (
        (PRESS, 10**7, now), (PRESS, -1, now), (PRESS, 600, now + timedelta(days=1)),
        (PRESS, 600, now - timedelta(days=1)),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as caught, kept.db.unit_of_work(OPERATOR) as uow:
            read(uow, Shown(center, value, at))
        assert caught.value.instance_code == "COUNTER"
    with pytest.raises(NotFound), kept.db.unit_of_work(OPERATOR) as uow:
        read(uow, Shown("Press 99", 1, now))
    back = look(kept, PRESS, 400, now - timedelta(minutes=30))
    assert (back.counted, back.claimed) == (None, 0)
    assert look(kept, PRESS, 0, now - timedelta(minutes=20), starts_anew=True, reason="New counter") is None


def test_the_folders_of_machines_are_read_by_the_plant_itself(kept, monkeypatch):
    monkeypatch.setattr(machine_folders, "_SETTLED", -1)
    folder = kept.settings.machines_folder / "line 1"
    folder.mkdir(parents=True)
    assert machine_folders.read_all(kept, OPERATOR) == 0
    ticket, at = f"{run_of(kept, 500)}-10", clock.now() - timedelta(hours=1)
    press = Machine(PRESS, folder, random.Random(1), 5_000)
    press.run(ticket, 480, 20, at)
    reports = len(list(folder.iterdir()))
    (folder / "counters.csv").write_text(f"machine,time,counter\n{press.shows(at)}\n")
    (folder / "wrong.csv").write_text("machine,time,counter\nnowhere,2026-11-01 10:00,5\n")
    (folder / "link.csv").symlink_to(folder / "counters.csv")
    assert machine_folders.read_all(kept, OPERATOR) == reports + 2
    assert (
        "No counter is kept of a machine called nowhere"
        in (folder / "refused" / "wrong.csv.why.txt").read_text()
    )
    assert {one.name for one in folder.iterdir()} == {"read", "refused", "link.csv"}
    with kept.db.read_only(PLANT) as session:
        assert last(session, PRESS).value == press.counter
        assert reports_of(session, find_ticket(session, ticket))
    assert machine_folders.read_all(kept, OPERATOR) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"a,b,c\n", b"machine,time,counter\npress-1,noon,5\n",
        b"machine,time,counter\npress-1,2026-11-30 10:00,-5\n",
        b"machine,time,counter\npress-1,2026-11-30 10:00\n", b"machine,time,counter\nnowhere,2026-11-01 10:00,5\n",
        b"machine,time,counter\npress-1,2026-11-01 10:00,5\npress-1,2026-11-01 11:00,99999999\n",
    ],
)  # fmt: skip
def test_a_file_is_taken_whole_or_not_at_all(kept, data):
    with pytest.raises(InvalidInput) as caught, kept.db.unit_of_work(OPERATOR) as uow:
        read_file(uow, data, "counters.csv")
    assert caught.value.instance_code == "COUNTER"
    assert all(one.place.file == "counters.csv" for one in caught.value.findings)
    with kept.db.read_only(PLANT) as session:
        assert session.scalar(text("SELECT count(*) FROM counter_reading")) == 0


def test_every_planted_fault_is_named_and_nothing_else(kept, tmp_path):
    chance = random.Random(SEED)
    machines = {
        name: Machine(code, tmp_path, chance, chance.randrange(10**7)) for name, code in MACHINES.items()
    }
    at, lines, uncounted, named, done = (
        clock.now() - timedelta(days=2),
        ["machine,time,counter"],
        set(),
        set(),
        {},
    )
    lines += [machine.shows(at) for machine in machines.values()]
    for _ in range(2):
        sheets = good = chance.randint(200, 900)
        run = run_of(kept, sheets)
        for step, (name, machine) in zip((10, 20, 30), machines.items(), strict=True):
            ticket, spoiled, at = f"{run}-{step}", chance.randint(0, 9), at + timedelta(minutes=10)
            good -= spoiled
            work(kept, ticket, MACHINES[name], good, spoiled, at)
            machine.run(ticket, good, spoiled, at)
            at += timedelta(minutes=5)
            lines.append(machine.shows(at))
            if machine.planted[ticket] == "uncounted":
                uncounted.add((machine.work_center, at))
            done[ticket] = machine
    taken = list(take_in(kept, OPERATOR, tmp_path))
    assert not [one for one in taken if one.findings]
    with kept.db.unit_of_work(OPERATOR) as uow:
        new, _ = read_file(uow, "\n".join(lines).encode(), "counters.csv")
        assert new == len(lines) - 1
        assert read_file(uow, "\n".join(lines).encode(), "again.csv") == (0, [])
        assert {(one.row.work_center, one.until.occurred_at) for one in cases.cases(uow.session)} == uncounted
        for ticket in done:
            operation = find_ticket(uow.session, ticket)
            found = [one.message for one in reported(operation, reports_of(uow.session, operation))]
            named |= {(ticket, "lose" if "never said" in words else "misreport") for words in found}
    planted = {(ticket, machine.planted[ticket]) for ticket, machine in done.items()}
    assert named == {one for one in planted if one[1] in ("lose", "misreport")}
    doubled = sum(one[1] == "double" for one in planted)
    assert sum(one.reports - one.new for one in taken) == doubled  # each came twice and counts once
    assert {fault for _, fault in planted} == {"", "lose", "double", "misreport", "uncounted"}
