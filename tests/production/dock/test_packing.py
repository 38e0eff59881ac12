"""Cartons: planned by weight and height, counted by the packer, and nothing leaves that is in none."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader
from sqlalchemy import select, update

from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from production.catalog.products.cartons import InCartons, filled
from production.dock.checks import cartons_are_the_count, deliveries_are_the_count
from production.dock.deliver import deliver, scan
from production.dock.dispatch import dispatch_job
from production.dock.models import Carton
from production.dock.packing import close, close_all, close_scanned, packing_of, reopen
from production.dock.papers import carton_labels, pallet_tags, stop_paper
from production.jobs.models import Job, JobEvent
from production.jobs.states import JobKind, JobState, StopWay
from production.jobs.stops import Stop, set_stops
from store.keeping.verify import Survey
from tests.factories import OPERATOR, PLANT, make_agency, make_job

# 1.6 oz a piece: 250 weigh 25 lb.
BY = InCartons("C25", 250, Decimal("1.6"), Decimal(0), Decimal(25))
TAKEN = {"taken_by": "Ray Route", "place": "As ordered", "way": "messenger"}


@pytest.fixture
def job(plant):
    """600 ordered: 500 to a depot, 85 picked up, 15 to the depository; 620 made, of which the order takes 610."""
    with plant.db.unit_of_work(PLANT) as uow:
        made = make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Posters", pieces=600)
        stops = (
            Stop("Depot B", 500),
            Stop("Counter", 85, StopWay.PICK_UP),
            Stop("Library", 15, is_depository=True),
        )
        set_stops(uow, made, stops)
    return made


def made(monkeypatch, good, kept=0):
    """As the counts of its runs would say."""
    from production.dock import checks, packing
    from production.jobs.made import MadeOf

    monkeypatch.setattr(packing, "made_of", lambda *_: MadeOf(good, kept))
    monkeypatch.setattr(checks, "made_of_all", lambda _, jobs: dict.fromkeys(jobs, MadeOf(good, kept)))


def test_full_cartons_then_the_rest():
    assert list(filled(620, 250)) == [250, 250, 120]
    assert list(filled(500, 250)) == [250, 250]
    assert list(filled(0, 250)) == []
    assert BY.weight(250) == Decimal("25.00")
    assert InCartons("C", 1, Decimal("0.05"), Decimal("1.1"), Decimal(9)).weight(3) == Decimal("1.11")


def shown(session, job, by=BY):
    found = packing_of(session, job, by)
    return [(one.number, one.pieces, one.place, one.of, bool(one.closed_at)) for one in found.cartons]


def test_a_count_other_than_planned_moves_the_rest(plant, job, monkeypatch):
    made(monkeypatch, 620, kept=10)
    with plant.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        assert shown(uow.session, row) == [
            (1, 250, "Depot B", (1, 3), False), (2, 250, "Depot B", (2, 3), False),
            (3, 10, "Depot B", (3, 3), False), (4, 85, "Counter", (1, 1), False),
            (5, 15, "Library", (1, 1), False),
        ]  # fmt: skip
        assert close(uow, row, BY, 2, 240) == 240
        assert shown(uow.session, row)[:3] == [
            (1, 250, "Depot B", (1, 3), False), (2, 240, "Depot B", (2, 3), True), (3, 20, "Depot B", (3, 3), False),
        ]  # fmt: skip
        for number, count, code in (
            (1, 251, "CARTON_WEIGHT"),
            (4, 86, "CARTON_COUNT"),
            (1, 0, "CARTON_COUNT"),
        ):
            with pytest.raises(InvalidInput) as refused:
                close(uow, row, BY, number, count)
            assert refused.value.instance_code == code
        with pytest.raises(Conflict, match="closed already"):
            close(uow, row, BY, 2)
        with pytest.raises(NotFound):
            close(uow, row, BY, 6)
        assert close_all(uow, row, BY) == 4
        found = packing_of(uow.session, row, BY)
        assert (found.sum, found.open, found.cartons[1].lb) == (610, (), Decimal("24.00"))
        assert uow.session.scalars(select(JobEvent.event).filter_by(job_id=job.id)).all() == [
            "packed", "pick_up_ready",
        ]  # fmt: skip
        assert uow.session.scalars(select(Carton.closed_by).distinct()).all() == ["pat.press"]


def test_a_stop_leaves_with_its_cartons_or_not_at_all(plant, job, monkeypatch):
    made(monkeypatch, 590)  # ten fewer: the first place goes short
    with plant.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        with pytest.raises(Conflict, match="490 pieces for it are not packed") as refused:
            dispatch_job(uow, row, **TAKEN)
        assert refused.value.instance_code == "UNCOUNTED"
        for number in (1, 2):
            close(uow, row, BY, number)
        dispatch_job(uow, row, **TAKEN)
        with pytest.raises(Conflict, match="has left"):
            reopen(uow, row, 1)
        close_all(uow, row, BY)
        reopen(uow, row, 3)
        assert shown(uow.session, row)[2] == (3, 85, "Counter", (1, 1), False)
        with pytest.raises(Conflict, match="85 pieces"):
            dispatch_job(uow, row, **TAKEN)
        close(uow, row, BY, 3)
        made(monkeypatch, 588)  # two were found to be spoiled after that
        with pytest.raises(Conflict, match="2 more pieces are packed for it than were made") as over:
            dispatch_job(uow, row, **TAKEN)
        assert over.value.instance_code == "DELIVERY_OVER"
        assert packing_of(uow.session, row, BY).too_many == 2
        reopen(uow, row, 3)
        close_all(uow, row, BY)
        assert shown(uow.session, row)[2] == (3, 83, "Counter", (1, 1), True)
        for _ in range(2):
            dispatch_job(uow, row, **TAKEN)
        assert row.state is JobState.DISPATCHED
        assert list(cartons_are_the_count(Survey(uow.session, plant.files))) == []
        uow.session.execute(update(Carton).where(Carton.number == 3).values(pieces=82))
        (found,) = cartons_are_the_count(Survey(uow.session, plant.files))
        assert found.ids == (job.number,)


def test_what_nobody_weighed_is_one_parcel_a_stop_and_nothing_is_packed_before_it_is_made(plant, job):
    with plant.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        found = packing_of(uow.session, row, None)
        assert [(one.pieces, one.lb) for one in found.cartons] == [(500, None), (85, None), (15, None)]
        begun = make_job(uow, kind=JobKind.PRINT, state=JobState.IN_PRODUCTION)
        with pytest.raises(IllegalTransition, match="not made yet"):
            packing_of(uow.session, begun, None)


def test_labels_follow_the_count_and_pallets_the_carton(plant, job, tmp_path):
    by = replace(BY, per_pallet=1)
    with plant.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        for draw in (
            lambda: carton_labels(uow.session, row, by, form="", out=tmp_path / "x.pdf"),
            lambda: stop_paper(uow.session, row, by, 1, form=""),
        ):
            with pytest.raises(Conflict) as refused:
                draw()
            assert refused.value.instance_code == "UNCOUNTED"
        assert close_scanned(uow, row, by, 1, " 240 ") == (1, 240)
        assert close_scanned(uow, row, by, 2, f"{row.number.replace('-', '')}c3") == (3, 10)
        for wrong in ("270001238C1", "270001234C", "12345678", "many"):
            with pytest.raises(InvalidInput) as refused:
                close_scanned(uow, row, by, 2, wrong)
            assert refused.value.instance_code == "CARTON"
        close_all(uow, row, by)
        pallet_tags(uow.session, row, by, 1, form="DEX-104/2", out=tmp_path / "tags.pdf")
        told = stop_paper(uow.session, row, by, 1, form="")
    assert told.cartons == ((1, 240, Decimal("24.00")), (2, 250, Decimal("25.00")), (3, 10, Decimal("1.00")))
    pages = [page.extract_text() for page in PdfReader(tmp_path / "tags.pdf").pages]
    assert [("Pallet 2 of 3" in page, "Form DEX-104/2" in page) for page in pages] == [
        (False, True), (True, True), (False, True),
    ]  # fmt: skip


def test_a_few_pieces_go_into_the_carton_of_another_job_for_the_same_place(plant, monkeypatch, tmp_path):
    made(monkeypatch, 100)
    with plant.db.unit_of_work(OPERATOR) as uow:
        agency = make_agency(uow)
        host, guest, heavy = (
            make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title=title, pieces=100, agency=agency)
            for title in ("Posters", "Cards", "Books")
        )
        for job in (host, guest, heavy):
            set_stops(uow, job, [Stop("Depot B", 100)])
        close(uow, host, BY, 1)
        label = f"{host.number.replace('-', '')}C1"
        assert close_scanned(uow, guest, BY, 1, label) == (1, 100)
        with pytest.raises(InvalidInput, match="weigh more than 25 lb"):
            close_scanned(uow, heavy, BY, 1, label)  # three times 10 lb
        with pytest.raises(Conflict, match="Pieces of another job"):
            reopen(uow, host, 1)
        assert packing_of(uow.session, guest, BY).closed[0].inside == label
        carton_labels(uow.session, host, BY, form="", out=tmp_path / "label.pdf")
        left = dispatch_job(uow, guest, **TAKEN)
        assert scan(uow, left, label) == (1, 1)  # the label of the carton that it lies in
    assert (
        f"Also in it: 100 of job {guest.number}" in PdfReader(tmp_path / "label.pdf").pages[0].extract_text()
    )
    drawn = pypdfium2.PdfDocument(tmp_path / "label.pdf")[0].render(scale=4, grayscale=True).to_numpy()
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(drawn.reshape(drawn.shape[:2])))
    assert (code.format, code.text) == (zxingcpp.BarcodeFormat.Code128, label)  # what a scanner reads of it


def test_what_was_handed_over_is_what_was_made(plant, monkeypatch):
    made(monkeypatch, 100)
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Posters", pieces=100)
        set_stops(uow, job, [Stop("Depot B", 60), Stop("Depot C", 40)])
        close_all(uow, job, BY)
        for _ in range(2):
            deliver(uow, dispatch_job(uow, job, **TAKEN), received_by="R. Hebert")
        assert job.state is JobState.DELIVERED
        uow.session.flush()
        assert list(deliveries_are_the_count(Survey(uow.session, plant.files))) == []
        uow.session.execute(update(Carton).where(Carton.number == 2).values(pieces=41))
        (found,) = deliveries_are_the_count(Survey(uow.session, plant.files))
    assert "101 were handed over, and 100 were made" in found.sentence
