"""Accounting for pieces: against a plain dictionary, and on a stream in the database."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from production.floor.operations import finish, start
from production.jobs.models import Job
from production.jobs.ranges import from_mask, from_pieces, size, to_pieces, words
from production.jobs.route import lot_operation
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.mailroom.pieces.reconcile import Evidence, account, finish_stream, reconcile
from production.mailroom.pieces.withdrawal import withdraw
from tests.factories import OPERATOR, PLANT, make_job, make_stream

PIECES = 12
PLAN_SEGMENTS = (1, 2)


@st.composite
def streams(draw):
    """Histories as the floor could write them, and some it could not: segment -> pieces it covers."""
    run = st.tuples(st.integers(1, PIECES), st.integers(1, PIECES)).map(sorted)
    events = {}
    for status in ("printed", "inserted"):
        events[status] = draw(st.lists(st.tuples(st.sampled_from(PLAN_SEGMENTS), run), max_size=4))
    spoils = []
    reprint_segments = [3, 4, 5]
    for piece in draw(st.lists(st.integers(1, PIECES), max_size=6, unique=True)):
        attempts = draw(st.integers(1, 3))
        spoils += [(piece, attempt, reprint_segments[attempt - 1]) for attempt in range(1, attempts)]
        spoils.append((piece, attempts, draw(st.sampled_from((0, reprint_segments[attempts - 1])))))
    for status in ("printed", "inserted"):
        for segment in reprint_segments:
            made = sorted(piece for piece, _, by in spoils if by == segment)
            kept = draw(st.sets(st.sampled_from(made))) if made else ()
            events[status] += [(segment, (piece, piece)) for piece in kept]
    withdrawn = draw(st.lists(run, max_size=2))
    return events["printed"], events["inserted"], withdrawn, spoils


def rows(items, width):
    return np.array(items, np.int64).reshape(-1, width)


def brute_force(printed, inserted, withdrawn, spoils):
    """Piece by piece, copy by copy, with sets and dictionaries only."""
    out = {name: set() for name in ("mailable", "withdrawn", "never", "unreplaced", "awaiting", "uninserted",
                                    "over_printed", "over_inserted")}  # fmt: skip
    for piece in range(1, PIECES + 1):
        own = sorted((attempt, by) for p, attempt, by in spoils if p == piece)
        segments = {own[-1][1]} if own else set(PLAN_SEGMENTS)
        prints = [s for s, (a, b) in printed if a <= piece <= b]
        inserts = [s for s, (a, b) in inserted if a <= piece <= b]
        gone = any(a <= piece <= b for a, b in withdrawn)
        has_print = bool(segments & set(prints))
        has_insert = bool(segments & set(inserts))
        if gone:
            out["withdrawn"].add(piece)
        elif own and own[-1][1] == 0:
            out["unreplaced"].add(piece)
        elif has_print and has_insert:
            out["mailable"].add(piece)
        elif has_print:
            out["uninserted"].add(piece)
        else:
            out["awaiting" if own else "never"].add(piece)
        if len(prints) > 1 + len(own):
            out["over_printed"].add(piece)
        if len(inserts) > 1 + len(own) or (gone and len(inserts) > len(own)):
            out["over_inserted"].add(piece)
    return out


@given(streams())
def test_interval_arithmetic_says_what_a_dictionary_says(history):
    printed, inserted, withdrawn, spoils = history
    expected = brute_force(printed, inserted, withdrawn, spoils)
    evidence = Evidence(
        printed=rows([(s, a, b) for s, (a, b) in printed], 3),
        inserted=rows([(s, a, b) for s, (a, b) in inserted], 3),
        withdrawn=rows(withdrawn, 2),
        spoils=rows(spoils, 3),
    )
    found = reconcile(PIECES, evidence)
    cards = reconcile(PIECES, replace(evidence, inserted=None))
    got = {
        "withdrawn": found.withdrawn, "never": found.never_printed, "unreplaced": found.unreplaced,
        "awaiting": found.awaiting_reprint, "uninserted": found.not_inserted,
        "over_printed": found.printed_too_often, "over_inserted": found.inserted_too_often,
    }  # fmt: skip
    assert cards.mailable == len(expected["mailable"] | expected["uninserted"]), "ready when it is printed"
    assert (cards.not_inserted, cards.printed_too_often) == ((), found.printed_too_often)
    assert found.mailable == len(expected.pop("mailable"))
    assert {name: set(to_pieces(runs).tolist()) for name, runs in got.items()} == expected


@given(st.sets(st.integers(1, 60)))
def test_runs_and_pieces_are_two_spellings_of_one_set(pieces):
    ordered = np.array(sorted(pieces), np.int64)
    runs = from_pieces(ordered)
    mask = np.isin(np.arange(1, 61), ordered)
    assert runs == from_mask(mask)
    assert to_pieces(runs).tolist() == ordered.tolist()
    assert size(runs) == len(pieces)
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(runs))


def test_runs_in_words_are_cut_with_a_count():
    assert words(((1, 1), (3, 5), (9, 10)), limit=2) == "1, 3-5 and 2 more"


def test_an_untouched_stream_is_all_open_and_cannot_be_finished(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow, pieces=10, segments=2)
        assert account(uow.session, stream).open == {"never printed": ((1, 10),)}
        with pytest.raises(Conflict, match=r"Never printed: 1-10") as caught:
            finish_stream(uow, stream)
    assert caught.value.instance_code == "OPEN_PIECES"
    assert caught.value.details["open"] == {"never printed": [[1, 10]]}


def test_a_stream_accounted_for_is_produced_with_its_jobs(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        jobs = [make_job(uow, state=JobState.IN_PRODUCTION, pieces=5) for _ in range(2)]
        stream = make_stream(uow, pieces=10, segments=2, jobs=jobs, files=plant.files)
        for step in (40, 50):
            for segment in (1, 2):
                start(uow, f"{stream.number}-{step}-{segment}", work_center="Inserter 1")
                finish(uow, f"{stream.number}-{step}-{segment}", files=plant.files)
        found = finish_stream(uow, stream)
        assert (found.mailable, found.open) == (10, {})
        assert stream.state is LotState.PRODUCED
        assert {uow.session.get(Job, job.id).state for job in jobs} == {JobState.PRODUCED}
        assert lot_operation(uow.session, stream, OperationCode.RECONCILE).state is OperationState.DONE
        assert lot_operation(uow.session, stream, OperationCode.DISPATCH).state is OperationState.READY
        with pytest.raises(IllegalTransition, match="produced"):
            finish_stream(uow, stream)


def test_a_withdrawn_piece_is_explained_and_is_not_inserted(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = make_stream(uow, pieces=10, segments=2)
        assert withdraw(uow, stream, pieces="4-6", reason="court order").tolist() == [4, 5, 6]
        for step in (40, 50):
            for segment in (1, 2):
                start(uow, f"{stream.number}-{step}-{segment}", work_center="Inserter 1")
                finish(uow, f"{stream.number}-{step}-{segment}", files=plant.files)
        found = finish_stream(uow, stream)
    assert (found.mailable, found.withdrawn) == (7, ((4, 6),))
    assert "4-6" in stream.summary.withdrawn[0]


@pytest.mark.parametrize(
    ("pieces", "reason", "code"),
    [("4", "", "WITHDRAW"), ("11", "why", "WITHDRAW"), ("2", "why", "WITHDRAW"), ("x", "why", "WITHDRAW")],
)
def test_withdrawing_is_refused_in_words(plant, pieces, reason, code):
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = make_stream(uow, pieces=10)
        withdraw(uow, stream, pieces="2", reason="asked for")
        with pytest.raises(InvalidInput) as caught:
            withdraw(uow, stream, pieces=pieces, reason=reason)
    assert caught.value.instance_code == code


def test_a_piece_whose_printing_has_begun_is_not_withdrawn(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = make_stream(uow, pieces=10, segments=2)
        start(uow, f"{stream.number}-40-2", work_center="Press 1")
        withdraw(uow, stream, pieces="5", reason="asked for")
        with pytest.raises(Conflict, match="40-02 has begun") as caught:
            withdraw(uow, stream, pieces="4, 6", reason="asked for")
    assert caught.value.instance_code == "PRINTED"


def test_withdrawing_from_a_produced_stream_is_refused(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = make_stream(uow, state=LotState.PRODUCED)
        with pytest.raises(IllegalTransition, match="produced"):
            withdraw(uow, stream, pieces="1", reason="asked for")
