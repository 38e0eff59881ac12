"""Preview of a postage statement (PS Form 3600-FCM, 3602-R, 3602-N), tied to its plan to piece and cent.

Lines carry four decimals; only the statement total is rounded, half up (unconfirmed against the form).
The electronic statement is the legal one (DMM 203.1, since 2024-01-21): this is the operator's copy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from kernel.errors import Corrupt, InvalidInput
from kernel.money import NOTHING, ZERO, Extended, Money, Rate, extend, to_cents, total
from postal.admission.incentives import STATEMENT, SUBMITTER, Earned
from postal.data.editions import Edition, InForce, assumptions, kept_by_content
from postal.data.shaped import shaped
from postal.piece.mailpiece import pounds as to_pounds
from postal.sorting.presort_plan import PresortPlan, StatementPart

CREDIT = "credit to the submitter"


class AffixedWay(StrEnum):
    """How metered or stamped postage stands on the pieces (PS Form 3600-FCM, check boxes)."""

    CORRECT = "correct"  # each piece bears its own price
    LOWEST = "lowest"  # every piece bears the lowest price in the mailing
    NEITHER = "neither"  # every piece bears another agreed amount


@dataclass(frozen=True, slots=True)
class Settlement:
    """Postage owed against postage on the pieces; one of ``net_due`` and ``refund_claim`` is zero."""

    way: AffixedWay
    affixed_rate: Rate | None
    affixed: Money
    net_due: Money
    refund_claim: Money


@dataclass(frozen=True, slots=True)
class LineRule:
    """Where a price row stands on the form; ``status`` says whether the line code was read from the form. ``unit``:
    what it counts, pieces or pounds; ``group``: of a price a pound.
    """

    part: str
    part_name: str
    line: str
    description: str
    price_table: str
    price_level: str
    status: str
    entry: str = ""
    unit: str = "piece"
    group: str = ""


@dataclass(frozen=True, slots=True)
class LineMap:
    """The lines of one form edition."""

    edition: Edition
    form: str
    form_edition: str
    lines: tuple[LineRule, ...]


@dataclass(frozen=True, slots=True)
class StatementHeader:
    """What the operator and the accounts know; empty where it does not apply."""

    permit_holder: str
    post_office: str
    permit_number: str = ""
    permit_holder_crid: str = ""
    postage_account: str = ""
    mailing_agent: str = ""
    mailing_agent_crid: str = ""
    mail_owner: str = ""
    mail_owner_crid: str = ""
    statement_number: str = ""
    move_update_method: str = ""
    move_update_date: date | None = None
    address_matching_method: str = ""
    address_matching_date: date | None = None
    nonprofit_authorization: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a part. ``pounds``: of a line that counts them and no pieces; its rate is then of a pound."""

    part: str
    part_name: str
    line: str
    status: str
    description: str
    rate: Rate
    pieces: int
    postage: Extended
    pounds: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PartTotal:
    """A part's sum before the cent."""

    part: str
    name: str
    pieces: int
    postage: Extended


@dataclass(frozen=True, slots=True)
class Statement:
    """The whole preview. Weights in pounds, four decimals; ``containers``: (tray name, count). ``postage``: subtotal
    less the discounts of the statement; ``credit``: those paid to the submitter's account instead.
    """

    form: str
    form_edition: str
    header: StatementHeader
    mail_date: date
    mail_class: str
    processing_category: str
    postage_type: str
    piece_weights_lb: tuple[Decimal, ...]
    pieces: int
    total_weight_lb: Decimal
    containers: tuple[tuple[str, int], ...]
    lines: tuple[StatementLine, ...]
    parts: tuple[PartTotal, ...]
    subtotal: Extended
    postage: Money
    settlement: Settlement | None
    net_due: Money
    assumptions: tuple[str, ...]
    discounts: tuple[Earned, ...] = ()
    credit: Money = ZERO


def line_map(form: str, in_force: InForce) -> LineMap:
    """The lines of a form in force on a day."""
    return load_line_map(in_force.edition(f"statement-lines/{form}"))


def preview(
    plan: PresortPlan,
    header: StatementHeader,
    *,
    lines: LineMap,
    way: AffixedWay | None = None,
    affixed_rate: Rate | None = None,
) -> Statement:
    """The statement of a plan on a form: of the pieces that go in the class of the form. ``way`` None = permit imprint.
    InvalidInput STATEMENT_LINE when the form has no line for a price; Corrupt when the statement does not tie.
    """
    part = next((part for part in plan.statements if part.form == lines.form), plan.statements[0])
    rows = _lines(part, lines)
    subtotal = total([row.postage for row in rows])
    discounts = tuple(one for one in part.incentives if one.pieces)
    off = {
        paid_to: total([row.amount for row in discounts if row.paid_to == paid_to])
        for paid_to in (STATEMENT, SUBMITTER)
    }
    postage = to_cents(subtotal - off[STATEMENT])
    credit = postage - to_cents(subtotal - off[STATEMENT] - off[SUBMITTER])
    ties = plan.postage.cents == sum(one.postage.cents for one in plan.statements)
    if not ties or postage - credit != part.postage or sum(row.pieces for row in rows) != part.pieces:
        raise Corrupt("The statement does not tie to its presort plan.", code="STATEMENT_TIE")
    settlement = None
    if way is not None:
        settlement = settle(
            [(row.rate, row.pieces) for row in rows],
            way,
            affixed_rate=affixed_rate,
            by_pound=total([row.postage for row in rows if row.pounds is not None]),
            discount=off[STATEMENT],
        )
    return Statement(
        form=lines.form,
        form_edition=lines.form_edition,
        header=header,
        mail_date=plan.mail_date,
        mail_class=part.mail_class,
        processing_category=plan.processing_category,  # cards are entered with letters
        postage_type=plan.payment,
        piece_weights_lb=tuple(dict.fromkeys(to_pounds(one.weight_oz) for one in plan.streams)),
        pieces=part.pieces,
        total_weight_lb=plan.weight_lb(part.levels),
        containers=tray_counts(plan, part),
        lines=rows,
        parts=_parts(rows),
        subtotal=subtotal,
        postage=postage,
        settlement=settlement,
        net_due=settlement.net_due if settlement else postage,
        assumptions=assumptions([lines.edition], *plan.assumptions),
        discounts=discounts,
        credit=credit,
    )


def settle(
    rows: Sequence[tuple[Rate, int]],
    way: AffixedWay,
    *,
    affixed_rate: Rate | None = None,
    by_pound: Extended = NOTHING,
    discount: Extended = NOTHING,
) -> Settlement:
    """Net postage due = owed less affixed less the ``discount`` of incentives (DMM 234, 604). A surplus is a refund
    claim, no negative debit. ``by_pound``: owed for weight besides. InvalidInput AFFIXED_RATE when the rate given
    contradicts the way, or pieces that pay by the pound have no rate in common.
    """
    paying = [(rate, pieces) for rate, pieces in rows if pieces]
    prices = total([*(extend(rate, pieces) for rate, pieces in paying), by_pound])
    owed = to_cents(prices - discount)
    if way is AffixedWay.LOWEST and by_pound != NOTHING:
        raise InvalidInput(
            "Pieces that pay by the pound have no lowest price to bear.",
            code="AFFIXED_RATE",
            remedy="Say which amount every piece bears, or meter each at its own price.",
        )
    if way is AffixedWay.CORRECT:
        if affixed_rate is not None:
            raise InvalidInput("Pieces at their correct prices bear no single rate.", code="AFFIXED_RATE")
        affixed = to_cents(prices)
        return Settlement(way, None, affixed, ZERO, affixed - owed)
    lowest = min(rate for rate, _ in paying)
    rate = affixed_rate if affixed_rate is not None else lowest if way is AffixedWay.LOWEST else None
    if rate is None:
        raise InvalidInput("Say which amount every piece bears.", code="AFFIXED_RATE")
    if way is AffixedWay.LOWEST and rate != lowest:
        raise InvalidInput(f"The lowest price in the mailing is {lowest}, not {rate}.", code="AFFIXED_RATE")
    affixed = to_cents(extend(rate, sum(pieces for _, pieces in paying)))
    difference = owed - affixed
    return Settlement(way, rate, affixed, max(difference, ZERO), max(-difference, ZERO))


def tray_counts(plan: PresortPlan, part: StatementPart | None = None) -> tuple[tuple[str, int], ...]:
    """(tray name, trays) of each type the mailing, or one of its statements, uses; overflow trays are physical trays
    and count.
    """
    kinds = plan.trays.tray_type
    if part is not None and len(plan.statements) > 1:
        kinds = kinds[plan.is_tray_apart == (part.mail_class != plan.mail_class)]
    counts = np.bincount(kinds, minlength=len(plan.tray_names)).tolist()
    return tuple((name, count) for name, count in zip(plan.tray_names, counts, strict=True) if count)


def job_levels(plan: PresortPlan, jobs: int) -> npt.NDArray[np.int64]:
    """Pieces of each job 0..jobs-1 (rows) at each level (columns). InvalidInput JOB_UNKNOWN."""
    if int(plan.job.max()) >= jobs:
        raise InvalidInput(f"The plan names a job beyond the {jobs} given.", code="JOB_UNKNOWN")
    levels = len(plan.levels)
    cell = plan.job.astype(np.int64) * levels + plan.level_of_piece
    return np.bincount(cell, minlength=jobs * levels).reshape(jobs, levels).astype(np.int64)


def to_csv(statement: Statement) -> Iterator[list[str]]:
    """Rows of a CSV; the first column names the kind of row."""
    yield ["form", statement.form, statement.form_edition]
    for name, value in asdict(statement.header).items():
        yield ["header", name, "" if value is None else str(value)]
    yield ["header", "mail_date", statement.mail_date.isoformat()]
    yield ["header", "mail_class", statement.mail_class]
    yield ["header", "processing_category", statement.processing_category]
    yield ["header", "postage_type", statement.postage_type]
    for weight in statement.piece_weights_lb:
        yield ["weight", "piece_lb", str(weight)]
    yield ["weight", "total_lb", str(statement.total_weight_lb)]
    for name, count in statement.containers:
        yield ["containers", name, str(count)]
    for row in statement.lines:
        kind, quantity = ("line", row.pieces) if row.pounds is None else ("pounds", row.pounds)
        money = [str(row.rate), str(quantity), str(row.postage.value)]
        yield [kind, row.part, row.line, row.status, f"{row.part_name}, {row.description}", *money]
    for part in statement.parts:
        yield ["part", part.part, part.name, str(part.pieces), str(part.postage.value)]
    for off in statement.discounts:
        amounts = [str(off.rate), str(off.pieces), str(off.amount.value)]
        yield ["discount", off.name, off.title, off.paid_to, *amounts]
    yield ["total", "pieces", str(statement.pieces)]
    yield ["total", "postage", statement.postage.plain]
    if statement.credit:
        yield ["total", CREDIT, statement.credit.plain]
    if statement.settlement:
        yield ["total", f"affixed, {statement.settlement.way}", statement.settlement.affixed.plain]
        yield ["total", "refund_claim", statement.settlement.refund_claim.plain]
    yield ["total", "net_due", statement.net_due.plain]
    for sentence in statement.assumptions:
        yield ["assumption", sentence]


def _lines(part: StatementPart, lines: LineMap) -> tuple[StatementLine, ...]:
    """A line for the pieces of each level and, where they pay by weight besides, one for its pounds."""
    rows = []
    for level in part.levels:
        if level.rate is None:
            continue
        rule = _rule(lines, level.price_table, level.price_level, level.entry)
        rows.append(_line(rule, level.rate, extend(level.rate, level.pieces), pieces=level.pieces))
        weighed = level.by_pound
        if weighed:
            rule = _rule(lines, level.price_table, weighed.level, weighed.entry, "pound", weighed.group)
            weight = weighed.weight(level.pieces)
            line = _line(rule, weighed.rate, weighed.postage(level.pieces), pounds=weight)
            rows.append(replace(line, description=f"{line.description} ({level.name})"))
    return tuple(rows)


def _rule(
    lines: LineMap, table: str, level: str, entry: str, unit: str = "piece", group: str = ""
) -> LineRule:
    """The line of a price; one without entry serves every entry (the piece part of a price by weight)."""
    by_price = {
        (rule.price_table, rule.price_level, rule.entry, rule.unit, rule.group): rule for rule in lines.lines
    }
    for wanted in (entry, ""):
        if found := by_price.get((table, level, wanted, unit, group)):
            return found
    raise InvalidInput(
        f"Form {lines.form} has no line for {table}, {level}.",
        code="STATEMENT_LINE",
        remedy='Load the line map of the form in force under "Postal data".',
    )


def _line(
    rule: LineRule, rate: Rate, postage: Extended, *, pieces: int = 0, pounds: Decimal | None = None
) -> StatementLine:
    return StatementLine(
        part=rule.part,
        part_name=rule.part_name,
        line=rule.line,
        status=rule.status,
        description=rule.description,
        rate=rate,
        pieces=pieces,
        postage=postage,
        pounds=pounds,
    )


def _parts(rows: Sequence[StatementLine]) -> tuple[PartTotal, ...]:
    names = dict.fromkeys((row.part, row.part_name) for row in rows)
    return tuple(
        PartTotal(
            part=part,
            name=name,
            pieces=sum(row.pieces for row in rows if (row.part, row.part_name) == (part, name)),
            postage=total([row.postage for row in rows if (row.part, row.part_name) == (part, name)]),
        )
        for part, name in names
    )


@kept_by_content
def load_line_map(edition: Edition) -> LineMap:
    """Read one line map."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    return LineMap(
        edition, data["form"], data["form_edition"], tuple(shaped(LineRule, row) for row in data["line"])
    )
