"""Why there is no plan: pinned runs that stand in each other's way, and the least work that does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kernel.errors import UserError
from production.floor.schedule.board import Board, board_of
from production.floor.schedule.placing import NoRoom, Plan, set_up_at, setup_minutes
from production.floor.schedule.problem import Operation, Problem, refusal
from production.floor.schedule.rules import RULES, dispatched

_TRIED = RULES[::7]  # a few of each kind: whether there is room at all hardly depends on the rule
_MOST_TRIALS = 400
_NAMED = 12


def pinned_clash(board: Board) -> UserError | None:
    """PINNED_CLASH where pinned runs cannot stand as they are pinned, whatever else is planned."""
    for center, pinned in enumerate(board.pinned):
        known, before = board.centers[center], None
        for k in pinned:
            work = board.works[k]
            assert work.pin is not None  # pinned says so  # noqa: S101
            minutes = work.ways[0].minutes
            if known.open.begins(work.pin.opened) != work.pin.minute:
                return _pinned(board, [k], "begins while its work center is closed")
            if work.pin.opened + minutes > known.open.total:
                return _pinned(board, [k], "is not over before the calendar ends")
            if not work.may_pause and known.open.fits(work.pin.opened, minutes) != work.pin.opened:
                return _pinned(board, [k], "may not pause, and its work center closes in between")
            if work.release > max(work.pin.minute, 0):
                return _pinned(board, [k], "begins before it is released")
            if before is not None:
                ahead = board.works[before]
                assert ahead.pin is not None  # as above  # noqa: S101
                setup = setup_minutes(known, ahead.stock, ahead.size, work)
                stands = set_up_at(known.open, work.pin.opened, setup, work.may_pause)
                if stands is None or stands < ahead.pin.opened + ahead.ways[0].minutes:
                    return _pinned(board, [before, k], "leave no room for one another")
            before = k
    return None


def broken_pins(board: Board, plan: Plan) -> UserError:
    """The same where what a pinned run waits for, or its set-up, is not done in time in the best plan found; each
    with what it waits for.
    """
    named = dict.fromkeys(one for k in plan.breaks for one in (_waited_for(board, plan, k), k))
    operations = [k for k in named if k is not None]
    return _pinned(board, operations, "cannot be: the one would begin before the other is done")


def _waited_for(board: Board, plan: Plan, k: int) -> int | None:
    """What is not done in time for a pinned run: of what it needs the last, else what runs before it."""
    work, mine = board.works[k], plan.placed[k]
    last = max(work.needs, key=lambda one: plan.placed[one].end, default=None)
    if last is not None and work.pin and plan.placed[last].end + work.lag > work.pin.minute:
        return last
    ahead = ((one.opened, at) for at, one in enumerate(plan.placed) if one.center == mine.center and at != k)
    return max(((opened, at) for opened, at in ahead if opened <= mine.opened), default=(0, None))[1]


def _pinned(board: Board, operations: Sequence[int], why: str) -> UserError:
    names = [board.problem.operations[k].id for k in operations]
    return refusal(
        "PINNED_CLASH", f"Pinned: {', '.join(names[:_NAMED])} {why}.", f"operations.{operations[0]}.fixed",
        operations=names,
    )  # fmt: skip


def no_room(problem: Problem, operation: int) -> UserError:
    """SCHEDULE_INFEASIBLE with the least work that no rule finds room for: taking any of it away would do."""
    kept = list(_around(problem, operation))
    if _has_room(problem, kept):
        kept = list(problem.operations)
    for _, one in zip(range(_MOST_TRIALS), reversed(tuple(kept)), strict=False):
        without = [other for other in kept if other is not one]
        if without and not _has_room(problem, without):
            kept = without
    names = [one.id for one in kept]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return refusal(
        "SCHEDULE_INFEASIBLE", f"These do not fit before the calendars end: {', '.join(names[:_NAMED])}{more}.",
        "operations", operations=names,
    )  # fmt: skip


def _around(problem: Problem, operation: int) -> Iterator[Operation]:
    """The operation, what it waits for, and what runs on the same work centers."""
    by_id = {one.id: one for one in problem.operations}
    wanted, todo = set(), [problem.operations[operation]]
    while todo:
        one = todo.pop()
        if one.id not in wanted:
            wanted.add(one.id)
            todo += [by_id[need] for need in one.needs]
    centers = set(problem.operations[operation].minutes)
    return (one for one in problem.operations if one.id in wanted or centers & set(one.minutes))


def _has_room(problem: Problem, operations: Sequence[Operation]) -> bool:
    ids = {one.id for one in operations}
    fewer = [
        one.model_copy(update={"needs": tuple(need for need in one.needs if need in ids)})
        for one in operations
    ]
    board = board_of(problem.model_copy(update={"operations": tuple(fewer)}))
    for rule in _TRIED:
        try:
            dispatched(board, rule)
        except NoRoom:
            continue
        return True
    return False
