"""How each step of a run is done: sentences and a drawing, from the specification, the worksheet and the layouts. What
is not known is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from production.catalog.answers import named
from production.catalog.products.folds import Fold, folds
from production.catalog.products.holes import Holes, holes
from production.catalog.products.spec import Finishing
from production.frontdesk.preparation.worksheet import OnPress
from production.frontdesk.tickets.run import Run
from production.jobs.models import Operation
from production.prepress.fold_check.layout import Layout
from production.prepress.papers.drawing import Drawing
from production.prepress.papers.finishing_drawings import fold_drawing, holes_drawing
from production.prepress.papers.print_ticket import Instruction
from production.prepress.sheet_drawings import cut_words

FOLD = "fold"
TURNS = {
    "left-right": "turn left to right", "head-to-foot": "turn head to foot", "none": "one side",
}  # fmt: skip


def instruction(run: Run, operation: Operation, name: str) -> Instruction | None:
    """What its operator must know; None where the name of the step says all."""
    at = At(run, operation, made := run.made_at(operation), run.layout(run.component_of(operation) or 0))
    name = "Cut down" if run.is_before_press(operation) else name
    title = f"{name} {made.name}" if made and run.has_several else name
    sentences = tuple(_TOLD.get(run.work_of(operation), _ordered)(at))
    drawing = _drawing(run, operation)
    return Instruction(title, sentences, drawing) if sentences or drawing else None


class At(NamedTuple):
    """A step, and where it works on one component that component and how it lies on its sheets."""

    run: Run
    operation: Operation
    made: OnPress | None
    layout: Layout | None


Told = Iterator[str]


def _print(at: At) -> Told:
    run, made = at.run, at.made
    if made is None:
        yield f"On {run.paper}, {'both sides' if run.item.sides == 2 else 'one side'}."
        return
    if run.copies > 1:
        yield f"Print the whole file {run.copies:,} times: every name stands in it."
    turn = f", {TURNS[at.layout.turn]}" if at.layout else ""
    yield f"{made.paper}, {_by(made.sheet)} in, grain {made.grain}; {inks(made)} ink{turn}."
    if made.n_up > 1:
        yield f"{made.n_up} pieces of {_by(made.flat)} in on a side."


def _cut(at: At) -> Told:
    if at.run.is_before_press(at.operation):
        yield from _cut_down(at)
        return
    if at.made and at.made.cutting:
        lifts = at.made.cutting.lifts
        yield f"{lifts:,} {'lift' if lifts == 1 else 'lifts'} to pieces of {_by(at.made.flat)} in."
    if at.layout:
        yield from cut_words(at.layout)


def _cut_down(at: At) -> Told:
    """The paper as it is bought, to press sheets."""
    if at.made and (one := at.made.cut_down):
        lifts = one.cutting.lifts
        yield f"{one.parents:,} sheets of {_by(one.size)} in, {lifts:,} {'lift' if lifts == 1 else 'lifts'}."
        yield (
            f"{one.across} x {one.down} press sheets of {_by(at.made.sheet)} in from each, grain {at.made.grain}, "
            f"{one.cutting.cuts_per_lift} cuts a lift."
        )


def _fold(at: At) -> Told:
    fold = _fold_of(at.run)
    if fold is None:
        return
    if _is_nested(at.run):
        yield "Each sheet once at its spine, then one into the other as the dummy shows."
        return
    panels = at.run.worksheet.panels if at.run.worksheet else ()
    yield fold.name + (f": {', '.join(_inches(one) for one in panels)} in." if panels else ".")


def _number(at: At) -> Told:
    if at.run.spec and (numbers := at.run.spec.numbering):
        yield f"From {numbers.first:,} to {numbers.last:,}, written {numbers.format}. Note what is missing or twice."


def _gather(at: At) -> Told:
    names = [one.name for one in at.run.components]
    if len(names) > 1:
        yield f"From the top: {', '.join(names)}."


def _ordered(at: At) -> Told:
    """As the order says it: pattern and count, or the answer to the option."""
    work = at.run.work_of(at.operation)
    step = finishing(at.run, work)
    if step is None:
        asked = [one for one in at.run.product.options if one.code == work]
        yield from (f"{answer}." for _, answer in named(asked, at.run.item.options))
        return
    pattern = holes().get(step.pattern or "")
    if step.pattern:
        yield f"{pattern.name if pattern else step.pattern}."
    if step.count:
        yield f"{step.count:,} each."


_TOLD: dict[str, Callable[[At], Told]] = {
    "print": _print, "cut": _cut, FOLD: _fold, "number": _number, "collate": _gather, "gather": _gather,
}  # fmt: skip


def finishing(run: Run, code: str) -> Finishing | None:
    """The step as it was ordered."""
    return next((one for one in run.spec.finishing if one.operation == code), None) if run.spec else None


def _drawing(run: Run, operation: Operation) -> Drawing | None:
    (width, height), work = _piece(run), run.work_of(operation)
    if work == FOLD:
        fold = _fold_of(run)
        if fold is None or _is_nested(run):
            return None
        length = max(width, height)
        panels = run.worksheet.panels if run.worksheet else fold.panels(length)
        return fold_drawing(fold, panels, min(width, height))
    pattern = _holes_of(run, work)
    return holes_drawing(pattern, width, height) if pattern else None


def _piece(run: Run) -> tuple[Decimal, Decimal]:
    """Inches of what comes to the bindery: the flat piece of what folds, else the trim."""
    if run.spec is None or run.worksheet is None:
        return run.item.sheet_width_in, run.item.sheet_height_in
    return run.worksheet.components[0].flat if run.worksheet.fold else run.spec.trim


def _is_nested(run: Run) -> bool:
    return any(one.kind == "spread" for one in run.components)


def _fold_of(run: Run) -> Fold | None:
    code = run.worksheet.fold if run.worksheet else run.item.options.get("fold", "")
    return folds().get(code)


def _holes_of(run: Run, code: str) -> Holes | None:
    if code not in ("drill", "punch"):
        return None
    step = finishing(run, code)
    return holes().get((step.pattern or "") if step else run.item.options.get(code, ""))


def inks(made: OnPress) -> str:
    """``4 / 1``: inks of front and back."""
    return f"{made.inks[0]} / {made.inks[1]}"


def _by(size: tuple[Decimal, Decimal]) -> str:
    return " x ".join(_inches(side) for side in size)


def _inches(length: Decimal) -> str:
    return f"{length:.4f}".rstrip("0").rstrip(".")
