"""The life of one letter: every step with its proof, what is to come with its day, and how many copies there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from production.floor.operations import finish, report_spoils, start
from production.jobs.expected import Expected
from production.jobs.states import OperationCode
from production.mailings.models import PresortStream
from production.mailroom.pieces.passport import Copies, HandedOver, Proof, copies, life
from production.mailroom.pieces.story import PieceEvent, story
from production.mailroom.pieces.withdrawal import withdraw
from tests.factories import OPERATOR, PLANT
from tests.production import mailings

TO_COME = [
    "Printed",
    "Inserted",
    "Every piece accounted for",
    "Left the plant",
    "Handed over, with proof",
    "Charged",
]


@pytest.fixture
def stream(plant):
    mailings.open_sample(plant)
    return mailings.plan(plant, mailings.build(plant, mailings.approved(plant, pieces=520)))


def lived(plant, stream, *, handed_over=(), piece=7, later=timedelta(0)):
    with plant.db.unit_of_work(PLANT) as uow:
        told = story(uow.session, plant.files, stream_number=stream.number, piece=piece)
        return told, life(uow.session, told, handed_over, stream.created_at + later)


def test_a_letter_that_is_sorted_waits_for_the_rest_of_its_life(plant, stream):
    told, steps = lived(plant, stream)
    assert [step.name for step in steps] == ["In the list", "Sorted and barcoded", *TO_COME]
    listed, sorted_ = steps[:2]
    assert listed.words == f"Row {told.letter.source_row:,} of the job's list. ZIP Code {told.zip5}."
    assert sorted_.words == f"{told.level}, place {told.place} of {told.tray_pieces} in tray {told.tray}."
    assert (listed.proof, sorted_.proof) == (Proof.MACHINE, Proof.MACHINE)
    assert sorted_.at is not None
    usual, planned = Expected("usually by", stream.ready_by), Expected("planned for", stream.mail_date)
    bill = Expected(f"on the bill of {stream.mail_date:%B}")
    assert [step.expected for step in steps[2:]] == [usual, usual, usual, planned, planned, bill]
    _, late = lived(plant, stream, later=timedelta(days=90))
    assert [step.expected for step in late[2:]] == [None] * 5 + [
        bill
    ]  # a day that is over is expected no more


def test_a_spoiled_copy_is_printed_again_before_anything_else(plant, stream):
    for merge in mailings.operations(plant, stream, OperationCode.MERGE):
        mailings.merge(plant, merge)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        report_spoils(uow, f"{stream.number}-40-1", named="7", reason="toner mark")
        finish(uow, f"{stream.number}-40-1", files=plant.files)
    told, steps = lived(plant, stream)
    assert sorted(step.name for step in steps[2:4]) == ["Printed", "Spoiled: toner mark"]
    assert [(step.name, step.state) for step in steps[4:6]] == [
        ("Printed", "waiting"),
        ("Inserted", "waiting"),
    ]
    assert {step.actor for step in steps[2:4]} == {OPERATOR.name}
    assert all(step.words.startswith("Press 1, ") for step in steps[2:4])
    assert copies(told.events) == Copies(printed=1, spoiled=1)
    _, other = lived(plant, stream, piece=8)
    assert [step.state for step in other[2:4]] == ["done", "waiting"]


def test_what_was_withdrawn_has_no_more_life(plant, stream):
    with plant.db.unit_of_work(OPERATOR) as uow:
        withdraw(uow, uow.session.get_one(PresortStream, stream.id), pieces="7", reason="The agency asks")
    _, steps = lived(plant, stream)
    assert [(step.name, step.state) for step in steps[2:]] == [("Withdrawn", "withdrawn")]


def test_custody_is_told_as_far_as_it_went(plant, stream):
    left = HandedOver(stream.created_at, "Entry at the post office: with Lee to BMEU.", None, "")
    _, steps = lived(plant, stream, handed_over=[left])
    assert [(step.name, step.state) for step in steps[-3:-1]] == [
        ("Left the plant", "done"),
        ("Handed over, with proof", "waiting"),
    ]
    _, steps = lived(
        plant, stream, handed_over=[left._replace(received_at=stream.created_at, receipt="Receipt 4711.")]
    )
    assert (steps[-2].words, steps[-2].proof) == ("Receipt 4711.", Proof.PERSON)


@pytest.mark.parametrize(
    ("words", "single", "too_many"),
    [
        ("", False, False),
        ("Printed", True, False),
        ("Printed|Inserted", True, False),
        ("Printed|Spoiled: jam", False, False),
        ("Printed|Spoiled: jam|Printed", True, False),
        ("Printed|Printed", False, True),
    ],
)
def test_one_copy_is_a_sentence_to_earn(words, single, too_many):
    events = [PieceEvent(word, "", "", None, "") for word in words.split("|") if word]
    assert (copies(events).is_single, copies(events).is_too_many) == (single, too_many)
