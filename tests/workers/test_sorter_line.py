"""Mail brought in through the sorter: bin plan, log, account, presort of what was read, dock, charge to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from billing.ledger import money_sum
from billing.models import Charge
from billing.verify import verify
from kernel.errors import Conflict, InvalidInput
from kernel.money import Money
from postal.barcode_sorter.check import LogFigures
from production.dock.deliver import deliver
from production.dock.dispatch import dispatch
from production.jobs.models import Job, Usage
from production.jobs.states import JobState, LotState
from production.jobs.states import SorterLogState as S
from production.mailings.models import PresortShare, PresortStream, Tray
from production.mailroom.pieces import story as pieces_room
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.sorter import logs, runs
from production.mailroom.sorter.models import SorterRun
from production.mailroom.streams import queries
from production.mailroom.streams.building import dissolve
from tests.factories import PLANT
from tests.production import sorting
from tests.production.mailings import actor, open_sample
from workers.runtime import drain

DEX = {70801: 160, 70802: 100, 60601: 30, 90210: 10}
OSR = {70801: 40, 70802: 70, 70112: 160, 2134: 30}


@pytest.fixture
def jobs(plant):
    open_sample(plant)
    return (
        sorting.bring_in(plant, "DEX-100", counted=300, counted_by="weight", total_weight_oz=Decimal(240)),
        sorting.bring_in(plant, "OSR-010", title="Records", counted=300),
    )


@pytest.fixture
def stream(plant, jobs):
    return sorting.make_run(plant, *jobs)


def to_the_post_office(plant, stream):
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        finish_stream(uow, uow.session.get_one(PresortStream, stream.id))
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        own = uow.session.get_one(PresortStream, stream.id)
        left = dispatch(
            uow,
            own.mailing,
            files=plant.files,
            taken_by="Pat Driver",
            place="Main post office",
            way="post_office",
        )
    drain(plant)
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        deliver(uow, uow.session.merge(left), receipt="R-1")
    drain(plant)


def charged(plant):
    """Cents by job and unit."""
    with plant.db.read_only(PLANT) as session:
        query = (
            select(Job.number, Usage.unit, money_sum(Charge.cents))
            .join(Usage, Usage.id == Charge.usage_id)
            .join(Job, Job.id == Charge.job_id)
            .group_by(Job.number, Usage.unit)
        )
        return {(number, unit): money for number, unit, money in session.execute(query)}


def test_from_the_dock_to_the_bill(plant, jobs, stream):
    plan = sorting.plan_of(plant, stream)
    assert plan.pieces == 563
    log = sorting.give(
        plant, stream, sorting.log_bytes(sorting.run_machine(plant, stream, sorting.pieces(DEX, OSR)))
    )
    assert (log.state, log.findings) == (S.TAKEN, ())
    found = sorting.look(plant, stream)
    assert [(job.read, job.difference) for job in found.jobs] == [(300, 0), (300, 0)]
    assert found.jobs[0].by_weight == pytest.approx(300, abs=3)
    assert not found.needs_word
    sorting.close(plant, stream)
    with plant.db.read_only(PLANT) as session:
        own = session.get_one(PresortStream, stream.id)
        slices = session.scalars(select(PresortShare).filter_by(lot_id=stream.id).order_by("position")).all()
        papers = {paper.role for paper in queries.papers(session, stream.mailing_id)}
        trays = session.scalars(select(Tray).filter_by(lot_id=stream.id)).all()
    assert (own.state, own.pieces) == (LotState.IN_PRODUCTION, 600)
    # 5-digit: 70801 (200), 70802 (170), 70112 (160); the rest is mixed. Prices of 2025-07-13.
    assert own.summary.figures.levels == {"5D": 530, "AADC": 0, "MAADC": 70, "SP": 0}
    assert [part.levels for part in slices] == [{"5D": 260, "MAADC": 40}, {"5D": 270, "MAADC": 30}]
    assert papers == {"tray-labels", "statement", "qualification", "statement-data", "qualification-data"}
    assert sum(tray.last_piece - tray.first_piece + 1 for tray in trays) == 600
    assert all(tray.barcode for tray in trays)
    to_the_post_office(plant, stream)
    cents = charged(plant)
    postage = own.summary.figures.postage.cents
    assert postage == 36133  # 530 x 0.593 + 70 x 0.672 = 314.29 + 47.04 = 361.33
    shares = {number: money for (number, unit), money in cents.items() if unit == "postage.permit"}
    assert sum(money.cents for money in shares.values()) == postage
    # DEX: 260 x 0.593 + 40 x 0.672 = 181.06; OSR: 270 x 0.593 + 30 x 0.672 = 180.27
    assert shares == {jobs[0].number: Money(18106), jobs[1].number: Money(18027)}
    assert {unit for _, unit in cents} == {"postage.permit", "presort.piece"}
    with plant.db.read_only(PLANT) as session:
        assert {job.state for job in session.scalars(select(Job))} == {JobState.BILLED}
    assert verify(plant).violations == []


def test_rejects_are_fed_again_sorted_by_hand_or_given_back(plant, jobs, stream):
    mail = sorting.pieces(DEX, OSR, bare=50)
    log = sorting.run_machine(plant, stream, mail, reject_rate=0.05)
    sorting.give(plant, stream, sorting.log_bytes(log))
    found = sorting.look(plant, stream)
    first, second = (sum(job.rejects.values()) for job in found.jobs)
    assert first > 3
    assert second > 3
    with pytest.raises(Conflict) as lying:
        sorting.close(plant, stream)
    assert lying.value.instance_code == "SORTER_REJECTS"
    sorting.enter(plant, stream, jobs[0], hand_sorted=first - 1, returned=1)
    sorting.enter(plant, stream, jobs[1], hand_sorted=second)
    found = sorting.look(plant, stream)
    assert (found.open_rejects, [job.difference for job in found.jobs]) == (0, [0, 0])
    later = any(finding.code == "SORTER_FEED" for finding in found.findings)
    sorting.close(plant, stream, word="Placed by hand." if later else "")
    with plant.db.read_only(PLANT) as session:
        own = session.get_one(PresortStream, stream.id)
        dex = session.get_one(Job, jobs[0].id)
        story = pieces_room.story(session, plant.files, stream_number=own.number, piece=own.pieces)
    assert own.pieces == 599
    assert dex.pieces == 299
    bare = int(((log.digits == 5) & (log.feed.index == 0)).sum())
    assert own.summary.figures.levels["SP"] == first - 1 + second + bare
    assert story.letter is not None and story.letter.recipient == ""
    to_the_post_office(plant, stream)
    shares = [money.cents for (_, unit), money in charged(plant).items() if unit == "postage.permit"]
    assert sum(shares) == own.summary.figures.postage.cents
    assert verify(plant).violations == []


def test_a_second_log_of_fed_rejects_counts_what_it_read(plant, jobs, stream):
    log = sorting.run_machine(plant, stream, sorting.pieces(DEX, OSR), reject_rate=0.05)
    sorting.give(plant, stream, sorting.log_bytes(log))
    rejects = sum(sum(job.rejects.values()) for job in sorting.look(plant, stream).jobs)
    lines = sorting.log_bytes(log).decode().splitlines()
    tag = jobs[0].number
    plan = sorting.plan_of(plant, stream)
    bin_ = plan.destinations[int(plan.destination_of[70801])].path[0]
    row = f"900001,rejects,{tag},70801000000,,{bin_},800,2026-12-01T10:00:00.000Z"
    again = "\n".join([*lines[:2], row, "END,1,1,0,800", ""])
    assert sorting.give(plant, stream, again.encode(), name="again.csv").state is S.TAKEN
    found = sorting.look(plant, stream)
    assert found.jobs[0].read_again == 1
    assert found.open_rejects == rejects - 1
    overlap = again.replace("800,2026", "801,2026").replace(",800\n", ",801\n")
    refused = sorting.give(plant, stream, overlap.encode())
    assert (refused.state, refused.findings[0].code) == (S.REFUSED, "SORTER_LOG_SEQUENCE")


def test_what_is_wrong_with_a_log_leaves_nothing_behind(plant, stream):
    data = sorting.log_bytes(sorting.run_machine(plant, stream, sorting.pieces(DEX, OSR)))
    for bad, code in (
        (data[: len(data) // 2], "SORTER_LOG_CUT"),
        (data.replace(b"SORTER-1", b"SORTER-2"), "SORTER_LOG_MACHINE"),
        (data.replace(b"END,", b"END,1"), "SORTER_LOG_TOTALS"),
        (b"%PDF-1.7\n" * 99, "SORTER_LOG_FORMAT"),
    ):
        log = sorting.give(plant, stream, bad)
        assert (log.state, log.findings[0].code, log.figures) == (S.REFUSED, code, LogFigures())
    assert all(job.read == 0 for job in sorting.look(plant, stream).jobs)
    with pytest.raises(Conflict, match="No log"):
        sorting.close(plant, stream)
    assert sorting.give(plant, stream, data).state is S.TAKEN
    with pytest.raises(InvalidInput) as twice:
        sorting.give(plant, stream, data)
    assert twice.value.instance_code == "SORTER_LOG_TWICE"


def test_a_log_taken_back_may_be_given_again(plant, stream):
    data = sorting.log_bytes(sorting.run_machine(plant, stream, sorting.pieces(DEX, OSR), missort_rate=0.02))
    log = sorting.give(plant, stream, data)
    assert log.findings[0].code == "SORTER_MISSORT"
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        logs.discard_log(uow, uow.session.merge(log), reason="wrong shift")
    assert sorting.look(plant, stream).mailed == 0
    assert sorting.give(plant, stream, data).state is S.TAKEN


def test_a_difference_needs_a_word_and_the_word_stays_with_the_stream(plant, stream):
    mail = sorting.pieces(DEX, OSR | {2134: 28})
    sorting.give(plant, stream, sorting.log_bytes(sorting.run_machine(plant, stream, mail)))
    (finding,) = sorting.look(plant, stream).findings
    assert finding.code == "SORTER_COUNT"
    assert "300 counted in, 298 found" in finding.message
    with pytest.raises(Conflict) as refused:
        sorting.close(plant, stream)
    assert refused.value.instance_code == "SORTER_COUNT"
    sorting.close(plant, stream, word="Two letters were torn in the feeder.")
    with plant.db.read_only(PLANT) as session:
        said = session.get_one(PresortStream, stream.id).summary.figures.assumptions
    assert any("Two letters were torn" in sentence for sentence in said)
    with pytest.raises(Conflict):
        sorting.close(plant, stream, word="again")


def test_weights_that_contradict_the_count_are_said(plant):
    open_sample(plant)
    job = sorting.bring_in(plant, counted=600, counted_by="weight", total_weight_oz=Decimal(400))
    run = sorting.make_run(plant, job)
    mail = sorting.pieces({70801: 600})
    sorting.give(plant, run, sorting.log_bytes(sorting.run_machine(plant, run, mail, weight=1_100)))
    codes = [finding.code for finding in sorting.look(plant, run).findings]
    assert codes.count("SORTER_WEIGHT") == 2  # the count by weight, and heavier than entered


def test_a_permit_imprint_needs_its_minimum_when_the_run_is_made_and_when_it_is_closed(plant):
    open_sample(plant)
    few = sorting.bring_in(plant, counted=199)
    with pytest.raises(InvalidInput, match=r"this one has 199 pieces, 9\.95 lb") as refused:
        sorting.make_run(plant, few)
    assert refused.value.instance_code == "PERMIT_MINIMUM"
    assert "Pay by meter" in refused.value.remedy
    sorting.make_run(plant, sorting.bring_in(plant, counted=200))
    run = sorting.make_run(plant, few, payment="metered")
    assert run.payment == "metered"
    # Counted in were enough; what is left to mail is not.
    lost = sorting.make_run(plant, sorting.bring_in(plant, counted=600))
    sorting.give(
        plant, lost, sorting.log_bytes(sorting.run_machine(plant, lost, sorting.pieces({70801: 150})))
    )
    with pytest.raises(InvalidInput, match="this one has 150 pieces") as refused:
        sorting.close(plant, lost, word="the rest never came")
    assert refused.value.instance_code == "PERMIT_MINIMUM"
    sorting.close(plant, lost, word="the rest never came", payment="metered")
    with plant.db.read_only(PLANT) as session:
        stream = session.get_one(PresortStream, lost.id)
        assert stream.payment == stream.summary.figures.payment == "metered"
        assert stream.state is LotState.IN_PRODUCTION


def test_shared_bins_that_were_not_fed_again_are_said(plant, stream):
    data = sorting.log_bytes(sorting.run_machine(plant, stream, sorting.pieces(DEX, OSR))).decode()
    plan = sorting.plan_of(plant, stream)
    assert len(plan.feeds) > 1
    lines = [line for line in data.splitlines() if ",first," in line]
    weight = sum(int(line.split(",")[6]) for line in lines)
    head = data.splitlines()[:2]
    part = "\n".join([*head, *lines, f"END,{len(lines)},{len(lines)},0,{weight}", ""])
    assert sorting.give(plant, stream, part.encode()).state is S.TAKEN
    assert {finding.code for finding in sorting.look(plant, stream).findings} == {"SORTER_FEED"}


def test_density_of_earlier_runs_is_used_where_there_is_one(plant, jobs):
    with pytest.raises(InvalidInput) as none:
        sorting.make_run(plant, *jobs, density=None)
    assert none.value.instance_code == "SORTER_DENSITY"
    run = sorting.make_run(plant, *jobs)
    sorting.give(plant, run, sorting.log_bytes(sorting.run_machine(plant, run, sorting.pieces(DEX, OSR))))
    sorting.close(plant, run)
    later = sorting.make_run(plant, sorting.bring_in(plant, counted=1200), density=None)
    plan = sorting.plan_of(plant, later)
    assert plan.pieces == 1200
    assert plan.destinations[0].pieces == 320  # 70112: 160 of 600 read, scaled to 1,200


def test_a_bin_plan_that_cannot_be_made_says_why_and_may_be_asked_for_again(plant, jobs):
    run = sorting.make_run(plant, *jobs, bins=4, passes=1)
    with plant.db.read_only(PLANT) as session:
        _, own = runs.find_run(session, run.number)
    assert (own.plan_sha256, own.findings[0].code) == (None, "SORTER_REACH")
    for density in ("town,pieces\nx,1\n", "zip,pieces\n70801,many\n", "\x00\x01"):
        with plant.db.unit_of_work(PLANT) as uow:
            stream, own = runs.find_run(uow.session, run.number)
            runs.plan_again(uow, stream, own, sorting.wishes(plant, density=density))
        drain(plant)
        with plant.db.read_only(PLANT) as session:
            assert session.get_one(SorterRun, run.id).findings[0].code == "SORTER_DENSITY"
    with plant.db.unit_of_work(PLANT) as uow:
        stream, own = runs.find_run(uow.session, run.number)
        runs.plan_again(uow, stream, own, sorting.wishes(plant))
    drain(plant)
    assert sorting.plan_of(plant, run).pieces == 563


def test_a_dissolved_run_gives_its_mail_back(plant, jobs, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        dissolve(uow, uow.session.get_one(PresortStream, stream.id), "wrong machine")
    with pytest.raises(Conflict):
        sorting.give(plant, stream, b"x")
    again = sorting.make_run(plant, *jobs)
    assert again.number != stream.number
    assert verify(plant).violations == []
