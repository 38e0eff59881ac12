"""The chosen way of an estimate as the operations of a plan: what is quoted, approved and made."""

from __future__ import annotations

import math
from collections.abc import Iterator

from production.catalog.feeds import Feed
from production.catalog.models import Place as Where
from production.catalog.pace import BINDERY, PRESS, Pace, amount_of
from production.catalog.planning import FloorCounts, PlannedOperation
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.presswork import Printed
from production.frontdesk.estimates.usage import usage_of_print, usage_of_step
from production.jobs.states import OperationCode

SHEET = "sheet"  # what is counted before the cut
_MOST_STEPS = 99  # as tickets number them
_PRINTED_ON = {"digital": OperationCode.PRINT.value, "offset": "print_offset"}  # types, by kind of press


def planned(chosen: Alternative) -> Iterator[PlannedOperation]:
    """The chosen way as operations."""
    return (one for one, _ in laid_out(chosen))


def laid_out(chosen: Alternative) -> Iterator[tuple[PlannedOperation, Printed | Done | None]]:
    """Each with what the estimate says of it: a component is printed and cut by itself, its parents cut down before,
    then all go on together.
    """
    steps = _numbers(len(chosen.cut_down) + len(chosen.printed) + len(chosen.done) + 1)
    cut_down = {done.component: done for done in chosen.cut_down}
    ends: list[Feed] = []
    for position, printed in enumerate(chosen.printed, start=1):
        way, sheets = printed.way, tuple[Feed, ...]()
        stock = way.component.stock_code
        if first := cut_down.get(way.component.name):
            sheets = (Feed(next(steps), 1, 1),)
            yield _of_bindery(sheets[0].step, (), first, position, stock=stock, unit=SHEET), first
        step, code = next(steps), _PRINTED_ON[way.press.kind]
        floor = FloorCounts(printed.issued, printed.good, printed.setup_sheets, sheets)
        operation = PlannedOperation(
            step, code, Where.FLOOR, tuple(feed.step for feed in sheets), printed.issued, printed.good,
            usage_of_print(printed), math.ceil(printed.minutes), position, printed.setup_sheets, floor,
            _pace_of(printed),
        )  # fmt: skip
        yield operation, printed
        pieces, n_up = way.component.pieces, way.grid.n_up
        for done in chosen.done:
            if done.component == way.component.name:
                is_cut = done.fed.step.operation == "cut"
                feed = Feed.of(step, 1, n_up if is_cut else 1)
                step, n_up = next(steps), 1 if is_cut else n_up
                times, unit = (pieces, None) if is_cut else (1, SHEET)
                yield _of_bindery(step, (feed,), done, position, stock=stock, times=times, unit=unit), done
        ends.append(Feed.of(step, pieces, n_up))
    yield from _together(chosen, steps, ends)


def _together(
    chosen: Alternative, steps: Iterator[int], feeds: list[Feed]
) -> Iterator[tuple[PlannedOperation, Done | None]]:
    """What is done to the whole, and its delivery. Pads and packages are counted as such from there on."""
    over, stock = 1, chosen.ways[0].component.stock_code
    for done in chosen.done:
        if done.component is None:
            step, over = next(steps), over * done.at_a_time
            feeds = [Feed.of(feed.step, feed.takes * done.at_a_time, feed.gives) for feed in feeds]
            yield _of_bindery(step, tuple(feeds), done, None, stock=stock, over=over), done
            feeds = [Feed(step, 1, 1)]
    good = chosen.done[-1].fed.good if chosen.done else chosen.printed[0].good
    needs = tuple(feed.step for feed in feeds)
    yield PlannedOperation(next(steps), "deliver", Where.DOCK, needs, good, good, (), None), None


def _numbers(count: int) -> Iterator[int]:
    """Steps in tens while there is room, so that the shop can put one in between."""
    gap = min(10, _MOST_STEPS // count)
    return iter(range(gap, _MOST_STEPS + 1, gap))


def _of_bindery(
    step: int,
    feeds: tuple[Feed, ...],
    done: Done,
    component: int | None,
    *,
    stock: str,
    times: int = 1,
    over: int = 1,
    unit: str | None = None,
) -> PlannedOperation:
    """Of what the estimate counts, ``over`` are ``times`` of what the floor counts."""
    fed, setup = done.fed, done.fed.step.standard.setup_units
    given, good, spoiled = (count * times // over for count in (fed.given, fed.good, setup))
    floor = FloorCounts(given, good, spoiled, feeds, unit=unit)
    return PlannedOperation(
        step, fed.step.operation, Where.FLOOR, tuple(feed.step for feed in feeds), fed.given, fed.good,
        usage_of_step(done), math.ceil(done.minutes), component, setup, floor, _pace_of_step(done, stock),
    )  # fmt: skip


def _pace_of(printed: Printed) -> Pace:
    way = printed.way
    press, makereadies = way.press, way.forms * way.makereadies_of_form
    ran = amount_of(
        printed.minutes, press.makeready_minutes * makereadies, press.sides_per_hour or press.sheets_per_hour
    )
    return Pace(PRESS, way.machine, makereadies, ran, way.component.stock_code)


def _pace_of_step(done: Done, stock: str) -> Pace:
    one = done.fed.step.standard
    speed = one.cuts_per_hour or one.per_hour or (one.belt_in_per_min and one.belt_in_per_min * 60)
    return Pace(BINDERY, done.fed.step.operation, 1, amount_of(done.minutes, one.setup_minutes, speed), stock)
