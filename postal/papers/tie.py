"""Whether the papers of a mailing say the same: each paper's figures against the plan, to the piece and the cent.

Figures are read from what a paper says (the rows of its CSV, its labels, its records), never from the values it
was made of, so that a paper changed after it was made is caught like one made wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

import numpy as np

from kernel.errors import Corrupt
from kernel.money import Extended, Money, Rate, extend, to_cents
from postal.admission.incentives import FULL_SERVICE, STATEMENT
from postal.maildat.overview import statement_rows
from postal.maildat.record_findings import found_in, key_of, numbers
from postal.maildat.records import Maildat, Records, text_bytes
from postal.maildat.reprice import FULL_SERVICE_LEVEL
from postal.papers.statement import CREDIT, tray_counts
from postal.sorting.presort_plan import Bundles, LevelResult, PresortPlan, TrayLabel
from postal.trays.tray_barcode import TrayBarcode

# Price of a piece, pieces, postage before the cent; or price of a pound, pounds, postage.
PriceLine = tuple[Decimal, int | Decimal, Decimal]
LevelLine = tuple[str, int, Decimal]  # price in words, pieces, postage before the cent
_PAPER = "statement"
_NAMED = 3  # differences told in the sentence; all are in the details


@dataclass(frozen=True, slots=True)
class TrayFigure:
    """A tray as a paper tells it; None where the paper does not tell it."""

    tray: int
    pieces: int
    label_zip: str | None = None
    level: str | None = None
    tray_type: str | None = None
    content_id: str | None = None
    first_piece: int | None = None
    lines: tuple[str, str, str] | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """What one paper says; None where it says nothing. ``postage``: of the statement; ``cost``: less what is credited
    to the submitter; ``full_service``: pieces declared so. ``faults``: where it contradicts itself.
    """

    paper: str
    pieces: int
    postage: Money | None = None
    cost: Money | None = None
    discounts: tuple[PriceLine, ...] | None = None
    lines: tuple[PriceLine, ...] | None = None
    level_lines: tuple[LevelLine, ...] | None = None
    mail_dat_prices: Mapping[str, int] | None = None
    full_service: int | None = None
    weight_lb: Decimal | None = None
    containers: Mapping[str, int] | None = None
    trays: tuple[TrayFigure, ...] | None = None
    bundles: tuple[tuple[int, str, int], ...] | None = None  # tray, level, pieces
    faults: tuple[str, ...] = ()


def tie(plan: PresortPlan, papers: Iterable[PaperFigures], *, barcodes: Sequence[str | None]) -> None:
    """Every paper agrees with the plan and with itself; statements add up to it. ``barcodes``: of the trays, in order,
    as they were given out. Corrupt PAPERS_TIE names what differs.
    """
    expected = _of_plan(plan, barcodes)
    told_apart = list(papers)
    statements = [paper for paper in told_apart if paper.paper == _PAPER]
    others = [paper for paper in told_apart if paper.paper != _PAPER]
    told = [*([_together(statements)] if statements else []), *others]
    found = [sentence for paper in told for sentence in _differences(expected, paper)]
    if found:
        named = "; ".join(found[:_NAMED])
        raise Corrupt(
            f"The papers do not agree with the presort plan: {named}.", code="PAPERS_TIE", found=found
        )


def statement_figures(rows: Iterable[Sequence[str]]) -> PaperFigures:
    """Of the rows of a statement's CSV (postal.papers.statement.to_csv)."""
    by_kind: dict[str, list[Sequence[str]]] = {}
    for row in rows:
        by_kind.setdefault(row[0] if row else "", []).append(row[1:])
    reader = _Reader(_PAPER)
    lines, parts, part_postage = [], Counter[str](), dict[str, Decimal]()
    for kind in ("line", "pounds"):
        for part, *_, price, count, amount in by_kind.get(kind, ()):
            rate, quantity, postage = reader.number(price), reader.number(count), reader.number(amount)
            lines.append((rate, quantity, postage))
            parts[part] += int(quantity) if kind == "line" else 0
            part_postage[part] = part_postage.get(part, Decimal(0)) + postage
            reader.same(extend(Rate(rate), quantity).value, postage, "a line is not its pieces at its price")
    totals = {row[0]: row[1] for row in by_kind.get("total", ())}
    told: Counter[str] = Counter()
    told_postage: dict[str, Decimal] = {}
    for row in by_kind.get("part", ()):
        told[row[0]] += reader.whole(row[2])
        told_postage[row[0]] = told_postage.get(row[0], Decimal(0)) + reader.number(row[3])
    reader.same(told, parts, "the pieces of its parts are not those of their lines")
    reader.same(told_postage, part_postage, "the postage of its parts is not that of their lines")
    discounts = [
        (reader.number(row[3]), reader.whole(row[4]), reader.number(row[5]), row[2])
        for row in by_kind.get("discount", ())
    ]
    for rate, pieces, taken, _ in discounts:
        reader.same(extend(Rate(rate), pieces).value, taken, "a discount is not its pieces at its rate")
    owed, credit = reader.money(totals.get("postage", "")), reader.money(totals.get(CREDIT, "0"))
    off = sum(taken for *_, taken, paid_to in discounts if paid_to == STATEMENT)
    net = Extended(sum((postage for *_, postage in lines), Decimal(0)) - off)
    reader.same(to_cents(net), owed, "its postage is not its lines less its discounts")
    weights = {row[0]: reader.number(row[1]) for row in by_kind.get("weight", ())}
    return PaperFigures(
        _PAPER,
        pieces=reader.whole(totals.get("pieces", "")),
        postage=owed,
        cost=owed - credit,
        discounts=tuple(sorted(row[:3] for row in discounts)),
        lines=tuple(sorted(lines)),
        weight_lb=weights.get("total_lb"),
        containers={row[0]: reader.whole(row[1]) for row in by_kind.get("containers", ())},
        faults=tuple(reader.faults),
    )


def _together(papers: Sequence[PaperFigures]) -> PaperFigures:
    """Statements of one mailing (residual pieces may go on in another class) as one: what they say adds up."""
    first, *others = papers
    if not others:
        return first
    containers: Counter[str] = Counter()
    for paper in papers:
        containers.update(paper.containers or {})
    postage, cost = (
        Money(sum(money.cents for paper in papers if (money := getattr(paper, name)) is not None))
        for name in ("postage", "cost")
    )
    return replace(
        first,
        pieces=sum(paper.pieces for paper in papers),
        postage=postage,
        cost=cost,
        discounts=tuple(sorted(line for paper in papers for line in paper.discounts or ())),
        lines=tuple(sorted(line for paper in papers for line in paper.lines or ())),
        weight_lb=sum((paper.weight_lb or Decimal(0) for paper in papers), Decimal(0)),
        containers=dict(containers),
        faults=tuple(fault for paper in papers for fault in paper.faults),
    )


def report_figures(rows: Iterable[Sequence[str]]) -> PaperFigures:
    """Of the rows of a qualification report's CSV (postal.papers.documentation.to_csv)."""
    header, trays, totals, bundles = _blocks([list(row) for row in rows])
    reader = _Reader("qualification report")
    columns = trays[0] if trays else []
    levels = [name.removeprefix("pieces_") for name in columns if name.startswith("pieces_")]
    figures, running, by_level = [], 0, Counter[str]()
    for row in trays[1:]:
        cell = dict(zip(columns, row, strict=False))
        counts = {level: reader.whole(cell[f"pieces_{level}"]) for level in levels}
        pieces = reader.whole(cell["tray_total"])
        running += pieces
        by_level.update(counts)
        reader.same(sum(counts.values()), pieces, f"tray {cell['tray_no']} is not the sum of its levels")
        reader.same(
            reader.whole(cell["running_total"]), running, f"the running total of tray {cell['tray_no']}"
        )
        figures.append(
            TrayFigure(
                reader.whole(cell["tray_no"]), pieces, cell["label_zip"], cell["level"], cell["tray_size"],
                cell["cin"],
            )
        )  # fmt: skip
    cells = [dict(zip(bundles[0], row, strict=False)) for row in bundles[1:]]
    in_bundles = tuple(
        (reader.whole(cell["tray_no"]), cell["bundle_level"], reader.whole(cell["bundle_pieces"]))
        for cell in cells
    )
    told = {row[0]: row for row in totals if len(row) == 5}
    reader.same(
        {level: reader.whole(row[2]) for level, row in told.items()},
        {level: by_level[level] for level in told},
        "its totals are not those of its trays",
    )
    priced = [row for row in told.values() if row[3] and row[2] != "0"]
    return PaperFigures(
        "qualification report",
        pieces=running,
        level_lines=tuple(sorted((row[3], reader.whole(row[2]), reader.number(row[4])) for row in priced)),
        containers={
            row[0]: reader.whole(row[1]) for row in totals if len(row) == 2 and row[0] != "assumption"
        },
        trays=tuple(figures),
        bundles=in_bundles,
        faults=(*reader.faults, *([] if header else ["it has no header"])),
    )


# What a kept paper's data are read by, under its role: residual pieces in another class have a statement of their own.
PAPER_READERS = {
    "statement-data": statement_figures,
    "statement-data-first-class": statement_figures,
    "qualification-data": report_figures,
}


def label_figures(labels: Iterable[tuple[TrayLabel, str | None]]) -> PaperFigures:
    """Of tray labels and their barcodes; a barcode names the ZIP and content of its own label."""
    figures, faults = [], []
    for label, barcode in labels:
        content = f"{label.cin:03d}" if label.cin else ""
        if barcode:
            read = TrayBarcode.parse(barcode)
            if (read.destination_zip, read.content_id) != (f"{label.label_zip:05d}", content):
                faults.append(f"the barcode of tray {label.tray:,} names another destination")
        if label.last_piece - label.first_piece + 1 != label.pieces:
            faults.append(f"the pieces of tray {label.tray:,} are not its first to its last")
        figures.append(
            TrayFigure(
                label.tray, label.pieces, f"{label.label_zip:05d}", label.level, label.tray_type, content,
                label.first_piece, (label.line_1, label.line_2, label.line_3), barcode or "",
            )
        )  # fmt: skip
    return PaperFigures(
        "tray labels", pieces=sum(tray.pieces for tray in figures), trays=tuple(figures), faults=tuple(faults)
    )


def maildat_figures(maildat: Maildat) -> PaperFigures:
    """Of a Mail.dat: pieces by price code, and its containers with what .cqt puts into them."""
    csm, cqt = maildat["csm"], maildat["cqt"]
    container = found_in(key_of(cqt, "CQT-1006"), key_of(csm, "CSM-1006"))
    known = container >= 0
    inside = np.bincount(container[known], numbers(cqt, "CQT-1103")[known], len(csm)).astype(np.int64)
    prices: Counter[str] = Counter()
    rows = statement_rows(maildat)
    for row in rows:
        prices[row.price] += row.pieces
    pieces = len(maildat["pbc"]) + len(maildat["pdr"])
    faults = [] if pieces == sum(prices.values()) else ["its piece records are not as many as its pieces"]
    if not (numbers(csm, "CSM-1121") == inside).all():
        faults.append("the pieces of a container are not those of its groups")
    columns = (_texts(csm, code) for code in ("CSM-1103", "CSM-1005", "CSM-1159", "CSM-1150"))
    trays = tuple(
        TrayFigure(tray, count, zip5, None, kind, content, barcode=barcode)
        for tray, count, zip5, kind, content, barcode in zip(
            numbers(csm, "CSM-1006").tolist(), numbers(csm, "CSM-1121").tolist(), *columns, strict=True
        )
    )
    return PaperFigures(
        "Mail.dat",
        pieces=pieces,
        mail_dat_prices=dict(prices),
        full_service=sum(row.pieces for row in rows if row.service == FULL_SERVICE_LEVEL),
        trays=trays,
        faults=tuple(faults),
    )


def _of_plan(plan: PresortPlan, barcodes: Sequence[str | None]) -> PaperFigures:
    prices: Counter[str] = Counter()
    for level in plan.levels:
        prices[level.mail_dat_price] += level.pieces
    labels = label_figures(
        (plan.label(tray), barcode)
        for tray, barcode in enumerate(barcodes, start=1)
        if tray <= len(plan.trays)
    )
    return PaperFigures(
        "plan",
        pieces=plan.pieces,
        postage=plan.statement_postage,
        cost=plan.postage,
        discounts=tuple(
            sorted((one.rate.value, one.pieces, one.amount.value) for one in plan.incentives if one.pieces)
        ),
        full_service=next((one.pieces for one in plan.incentives if one.name == FULL_SERVICE), None),
        lines=tuple(sorted(line for row in plan.levels if row.pieces for line in _price_lines(row))),
        level_lines=tuple(
            sorted(
                (row.price, row.pieces, row.postage.value) for row in plan.levels if row.pieces and row.rate
            )
        ),
        mail_dat_prices={price: pieces for price, pieces in prices.items() if pieces},
        weight_lb=plan.weight_lb(),
        containers=dict(tray_counts(plan)),
        trays=labels.trays,
        bundles=() if plan.bundles is None else _bundles(plan, plan.bundles),
        faults=labels.faults,
    )


def _price_lines(level: LevelResult) -> Iterator[PriceLine]:
    if level.rate is not None:
        yield level.rate.value, level.pieces, extend(level.rate, level.pieces).value
    if level.by_pound is not None:
        by_pound, pieces = level.by_pound, level.pieces
        yield by_pound.rate.value, by_pound.weight(pieces), by_pound.postage(pieces).value


def _bundles(plan: PresortPlan, held: Bundles) -> tuple[tuple[int, str, int], ...]:
    codes = [level.code for level in plan.levels]
    return tuple(
        (tray, codes[level], pieces)
        for tray, level, pieces in zip(
            held.tray.tolist(), held.level.tolist(), held.pieces.tolist(), strict=True
        )
    )


def _differences(expected: PaperFigures, paper: PaperFigures) -> Iterator[str]:
    yield from (f"{paper.paper}: {fault}" for fault in (*expected.faults, *paper.faults))
    for name, words in _WORDS.items():
        said, wanted = getattr(paper, name), getattr(expected, name)
        if said is not None and wanted is not None and said != wanted:
            yield f"{paper.paper}: {words} differ"
    if paper.trays is not None:
        yield from _tray_differences(expected.trays or (), paper)


_WORDS = {
    "pieces": "the pieces",
    "postage": "the postage and the plan's",
    "cost": "what the mailing costs after credits and the plan's",
    "discounts": "the pieces and amount of each incentive",
    "full_service": "the pieces declared Full-Service and those claimed so",
    "lines": "the pieces and postage at each price",
    "level_lines": "the pieces and postage at each price",
    "mail_dat_prices": "the pieces at each price level",
    "weight_lb": "the total weight and the plan's",
    "containers": "the trays of each kind",
    "bundles": "the bundles",
}


def _tray_differences(expected: Sequence[TrayFigure], paper: PaperFigures) -> Iterator[str]:
    said = paper.trays or ()
    if len(said) != len(expected):
        yield f"{paper.paper}: {len(said):,} trays, the plan has {len(expected):,}"
        return
    for one, wanted in zip(said, expected, strict=True):
        for name in (field.name for field in fields(TrayFigure)):
            value = getattr(one, name)
            if value is not None and value != getattr(wanted, name):
                yield f"{paper.paper}: tray {wanted.tray:,}, {name.replace('_', ' ')}"


def _texts(held: Records, code: str) -> list[str]:
    return [cell.decode("latin-1").rstrip() for cell in text_bytes(held.bytes_of(code)).tolist()]


def _blocks(rows: list[list[str]]) -> tuple[list[list[str]], ...]:
    """Header, trays, totals and bundles of a report, which empty rows part."""
    blocks: list[list[list[str]]] = [[]]
    for row in rows:
        if row:
            blocks[-1].append(row)
        else:
            blocks.append([])
    header, trays, totals, bundles = (*blocks, [], [], [], [])[:4]
    return header, trays, [row for row in totals[1:] if row[0] != "assumption"], bundles


class _Reader:
    """Reads numbers of a paper and gathers what is wrong with it."""

    def __init__(self, paper: str) -> None:
        self.paper = paper
        self.faults: list[str] = []

    def number(self, text: str) -> Decimal:
        try:
            return Decimal(text)
        except InvalidOperation:
            self.faults.append("a figure cannot be read")
            return Decimal(0)

    def whole(self, text: str) -> int:
        return int(self.number(text))

    def money(self, text: str) -> Money:
        return Money(int(self.number(text) * 100))

    def same(self, one: object, other: object, sentence: str) -> None:
        if one != other:
            self.faults.append(sentence)
