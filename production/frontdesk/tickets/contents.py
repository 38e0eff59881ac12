"""What stands on the ticket of a run, as values: drawn on paper and on screens, and compared with the issue before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from kernel.clock import business_date
from production.catalog.models import OperationType
from production.catalog.products.families import families
from production.frontdesk.artwork.words import TITLES
from production.frontdesk.tickets.instructions import TURNS, inks, instruction
from production.frontdesk.tickets.run import Run
from production.jobs.models import Operation
from production.jobs.numbering import ticket_code
from production.jobs.states import OperationCode
from production.jobs.stops import quantity_in_words
from production.prepress.papers.drawing import Drawing
from production.prepress.papers.print_ticket import BigFact, Instruction, PrintTicket, TicketStep
from production.prepress.sheet_drawings import dummy_of, side_drawing, side_name

_HOLD, _AS_IT_IS = "Hold", "Print as it is"
_MOST_DUMMY = 60  # sides that are drawn; who needs more looks at the sheets themselves


def contents(run: Run, issue: int) -> PrintTicket:
    """The ticket as it would be issued now."""
    return PrintTicket(
        number=run.job.number,
        issue=issue,
        due=_day(run.job.due),
        title=run.job.title + (f" and {run.others} more" if run.others else ""),
        lead=_lead(run),
        facts=tuple(_facts(run)),
        steps=tuple(_step(run, operation, kind, issue) for operation, kind in run.operations),
        foot=(
            ("Pack", f"{_pack(run)}\n{run.item.policy(run.job.quantity or 0).words}"),
            ("Deliver to", _deliver(run)),
            ("Charge", _charge(run)),
        ),
        notes=tuple(_notes(run)),
        picture=run.store.checked_path(run.first_page).read_bytes() if run.first_page else None,
        picture_says=_version(run),
        sheets=tuple(_sheets(run)),
        instructions=tuple(_instructions(run)),
        dummy=tuple(_dummy(run)),
    )


def compared(paper: PrintTicket) -> dict[str, str]:
    """Everything that people go by, by what it is called: what is otherwise in a later issue has changed."""
    said = {"Due": paper.due, "Title": paper.title, "Order": paper.lead, "Proof": paper.picture_says}
    said |= {fact.label: f"{fact.value}; {fact.under}" for fact in paper.facts}
    said |= {f"Step {step.ticket[-2:]}, {step.name}": f"{step.makes}; {step.given}" for step in paper.steps}
    said |= {f"How to: {one.title}": " ".join(one.sentences) for one in paper.instructions}
    said |= dict(paper.foot)
    for label in (_HOLD, _AS_IT_IS):
        notes = [words for of, words in paper.notes if of == label]
        said |= {label: " ".join(notes)} if notes else {}
    return said


def _notes(run: Run) -> Iterator[tuple[str, str]]:
    for hold in run.holds:
        yield _HOLD, hold.words
    for one in run.accepted:
        yield _AS_IT_IS, f"{one.component}: {TITLES[one.code]}. {one.who}: {one.words}"


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """What is otherwise, a sentence each."""
    found = []
    for label in dict.fromkeys([*now, *before]):
        old, new = before.get(label), now.get(label)
        if old == new:
            continue
        if new is None:
            found.append(f"{label}: no more.")
        else:
            found.append(f"{label}: {new.rstrip('.')}" + (f" (was {old})" if old else " (new)") + ".")
    return tuple(found)


def _lead(run: Run) -> str:
    product = run.worksheet.product if run.worksheet else run.product.name
    quantity = quantity_in_words(run.job.quantity or 0, run.depository)
    parts = [run.job.agency.name, f"{product}, {quantity}"]
    if run.spec is None:
        size = f"{run.item.sheet_width_in:g} x {run.item.sheet_height_in:g} in"
        return " · ".join([*parts, size])
    pages = sum(one.pages for one in run.components)
    parts += [f"{pages:,} pages"] if pages > 2 else []
    parts.append(f"{run.spec.trim[0]:g} x {run.spec.trim[1]:g} in")
    if run.spec.binding and run.spec.binding != "none":
        parts.append(families().bindings[run.spec.binding].name.lower())
    return " · ".join(parts)


def _facts(run: Run) -> Iterator[BigFact]:
    if run.worksheet is None:
        printed = next((one for one, kind in run.operations if kind.work == OperationCode.PRINT), None)
        sheets = (printed.given or printed.quantity or 0) if printed else 0
        yield BigFact("Sheets", f"{sheets:,}")
        size = f"{run.item.sheet_width_in:g} x {run.item.sheet_height_in:g} in"
        yield BigFact("Paper", run.paper, size)
        yield BigFact("Sides", "both" if run.item.sides == 2 else "one")
        return
    made = run.components
    issued, good = sum(one.issued for one in made), sum(one.good for one in made)
    yield BigFact("Sheets", f"{issued:,}", f"{good:,} and {issued - good:,} extra")
    if run.copies > 1:
        yield BigFact("Copies", f"{run.copies:,}", "of the whole file: every name stands in it")
    for one in made:
        name = f"Paper, {one.name}" if len(made) > 1 else "Paper"
        size = f"{one.sheet[0]:g} x {one.sheet[1]:g} in, grain {one.grain}"
        if one.cut_down:
            size += f", cut of {one.cut_down.size[0]:g} x {one.cut_down.size[1]:g}"
        yield BigFact(name, one.paper, f"{size}; {one.issued:,} sheets, {one.n_up} up")
    colors = ", ".join(f"{one.name} {inks(one)}" if len(made) > 1 else inks(one) for one in made)
    presses = dict.fromkeys(
        f"{one.press}, {one.style}{_turn(run, at)}" for at, one in enumerate(made, start=1)
    )
    yield BigFact("Color, front / back", colors, "; ".join(presses))


def _turn(run: Run, position: int) -> str:
    layout = run.layout(position)
    return f", {TURNS[layout.turn]}" if layout else ""


def _step(run: Run, operation: Operation, kind: OperationType, issue: int) -> TicketStep:
    planned = run.plan.get(operation.step)
    setup = planned.setup if planned else 0
    made = run.made_at(operation)
    quantity = operation.quantity or 0
    given = [f"of {operation.given:,} in"] if operation.given else []
    given += [f"{setup:,} for set-up"] if setup else []
    machine = (
        made.press
        if made and kind.work == OperationCode.PRINT
        else (kind.work_center_class or "").replace("_", " ")
    )
    name, unit = ("Cut down", "sheet") if run.is_before_press(operation) else (kind.name, kind.unit)
    return TicketStep(
        operation.ticket,
        ticket_code(operation.ticket, issue),
        f"{name} {made.name}" if made and run.has_several else name,
        machine[:1].upper() + machine[1:],
        f"{quantity:,} {unit}{'' if quantity == 1 else 's'}",
        ", ".join(given),
        _minutes(operation.planned_minutes),
    )


def _sheets(run: Run) -> Iterator[tuple[str, Drawing]]:
    """The first side of each component, of two at most: the others lie alike, and the ticket has one page."""
    for position, one in list(enumerate(run.components, start=1))[:2]:
        if layout := run.layout(position):
            yield f"{one.name}: {side_name(layout, 1).lower()}", side_drawing(layout, 1)


def _dummy(run: Run) -> Iterator[tuple[str, Drawing]]:
    for position, one in enumerate(run.components, start=1):
        if layout := run.layout(position):
            yield from dummy_of(one.name, layout)[:_MOST_DUMMY]


def _instructions(run: Run) -> Iterator[Instruction]:
    """Of every step but printing, of which the facts say all."""
    for operation, kind in run.operations:
        found = None if kind.work == OperationCode.PRINT else instruction(run, operation, kind.name)
        if found:
            yield found


def _pack(run: Run) -> str:
    said = []
    if run.worksheet and run.worksheet.pads:
        said.append(f"{run.worksheet.pads:,} pads, {run.worksheet.left_over:,} sheets left over")
    if run.worksheet and run.worksheet.per_carton:
        sheet = run.worksheet
        said.append(f"{sheet.per_carton:,} a carton, {sheet.cartons:,} cartons of {sheet.carton_lb:.1f} lb")
    return "\n".join(said) or "As usual"


def _deliver(run: Run) -> str:
    if run.spec and run.spec.delivery:
        return "\n".join(f"{one.place}: {one.quantity:,}" for one in run.spec.delivery)
    return run.item.place


def _charge(run: Run) -> str:
    accounts = [f"{one.budget_unit.bill_code} {one.budget_unit.name}" for one in run.splits]
    if run.approval:
        accounts.append(f"approved {_day(business_date(run.approval.approved_at))}, ${run.approval.total}")
    return "\n".join(accounts)


def _version(run: Run) -> str:
    when = f", approved {_day(business_date(run.approval.approved_at))}" if run.approval else ""
    return f"Proof version {run.job.revision}{when}. Destroy older sheets."


def _day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def _minutes(planned: int | None) -> str:
    if planned is None:
        return ""
    hours, minutes = divmod(planned, 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
