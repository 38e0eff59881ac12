"""The ticket that travels with a print run: what to make and by when, large; the sheet with its cuts and folds; each
step with its code and room to write; what is packed, where it goes, who pays. Black ink on Letter.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image as Picture
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Image, KeepTogether, Spacer, Table

from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.drawing import Drawing, Drawn
from production.prepress.papers.sheet import (
    BODY,
    BOLD,
    CELL,
    INNER,
    MONO,
    SECTION,
    SMALL,
    Code128Flowable,
    draw_code128,
    grid,
    text,
    use_fonts,
    write,
)

_DUE = ParagraphStyle("due", parent=BODY, fontName=BOLD, fontSize=22, leading=26)
_TITLE = ParagraphStyle("ticket title", parent=BODY, fontName=BOLD, fontSize=18, leading=22)
_LEAD = ParagraphStyle("lead", parent=BODY, fontSize=10.5, leading=13.5)
_STEP = ParagraphStyle("step", parent=CELL, fontName=BOLD, fontSize=14, leading=17)
_NAME = ParagraphStyle("name", parent=CELL, fontName=BOLD, fontSize=9.5, leading=11.5)
_CODE = ParagraphStyle("code", parent=SMALL, fontName=MONO, fontSize=6.5, leading=7.5, alignment=TA_RIGHT)
_PICTURE_DOTS = 320  # of its longer side: enough to know the product by
_ABREAST, _MOST_ABREAST = 6, 8  # sides of a folding dummy in a row; as many as 16 pages have stay on one page
_HOW = 3  # instructions in a row


class BigFact(NamedTuple):
    """What is read from two steps away: label, value, and a line under it."""

    label: str
    value: str
    under: str = ""


class TicketStep(NamedTuple):
    """A step: ``code`` is what the scanner reads and ``ticket`` what people do; counts and minutes in words."""

    ticket: str
    code: str
    name: str
    machine: str
    makes: str
    given: str
    planned: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """How a step is done: sentences, and perhaps a drawing."""

    title: str
    sentences: tuple[str, ...]
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class PrintTicket:
    """What stands on the ticket, in words. ``notes``: label and sentence, each in a box that nobody overlooks;
    ``picture``: PNG of the product's first page; ``sheets``: the first side of each component; ``foot``: pack, deliver,
    charge.
    """

    number: str
    issue: int
    due: str
    title: str
    lead: str
    facts: tuple[BigFact, ...]
    steps: tuple[TicketStep, ...]
    foot: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = None
    picture_says: str = ""
    sheets: tuple[tuple[str, Drawing], ...] = ()
    instructions: tuple[Instruction, ...] = ()
    dummy: tuple[tuple[str, Drawing], ...] = ()
    issued: str = ""

    @property
    def name(self) -> str:
        """``27-004467-4, issue 2``."""
        return f"{self.number}, issue {self.issue}"


def print_ticket(paper: PrintTicket, out: Path) -> PrintFile:
    """One page, more where sheets, steps or sentences need it."""
    use_fonts()
    story: list[Flowable] = [
        _top(paper),
        text(paper.title, _TITLE),
        text(paper.lead, _LEAD),
        Spacer(0, 5),
        _middle(paper),
        Spacer(0, 4),
        *(flowable for note in paper.notes for flowable in (_boxed(*note), Spacer(0, 3))),
        _steps(paper.steps),
        Spacer(0, 5),
        _foot([*paper.foot, (f"Issue {paper.issue}", paper.issued)]),
        *_instructions(paper.instructions),
        *_dummy(paper.dummy),
    ]
    figures = [paper.number, *(step.ticket for step in paper.steps)]
    return write(out, story, title="Job ticket", subtitle=paper.name, figures=figures)


def _top(paper: PrintTicket) -> Flowable:
    due = Table([[[text("Due", BODY), text(paper.due, _DUE)]]], colWidths=[INNER * 0.34])
    due.setStyle([("BOX", (0, 0), (-1, -1), 1.6, colors.black), ("TOPPADDING", (0, 0), (-1, -1), 1)])
    code = Code128Flowable(paper.number, INNER * 0.4, 50)
    return _bare([[due, code]], [INNER * 0.58, INNER * 0.42])


def _middle(paper: PrintTicket) -> Flowable:
    """The product, what it is made of, and the sheet."""
    product = (
        [_picture(paper.picture, INNER * 0.15), text(paper.picture_says, SMALL)] if paper.picture else []
    )
    drawn = _sheets(paper.sheets, INNER * 0.33)
    return _bare([[product, _big_facts(paper.facts), drawn]], [INNER * 0.17, INNER * 0.49, INNER * 0.34])


def _sheets(sheets: Sequence[tuple[str, Drawing]], room: float) -> Flowable:
    """One large; two side by side where they are upright, else on one another."""
    upright = all(drawing.height > drawing.width for _, drawing in sheets)
    rows = [sheets] if upright else [[one] for one in sheets]
    width, height = room / max(len(rows[0]) if rows else 1, 1), 158 / max(len(rows), 1)
    cells = [
        [[Drawn(drawing, width - 4, height), text(name, SMALL)] for name, drawing in row] for row in rows
    ]
    return _bare(cells, [width] * len(cells[0])) if sheets else Spacer(0, 0)


def _picture(png: bytes, width: float) -> Flowable:
    """In grays, and no larger than a ticket needs."""
    out = io.BytesIO()
    with Picture.open(io.BytesIO(png), formats=("PNG",)) as page:
        page.thumbnail((_PICTURE_DOTS, _PICTURE_DOTS))
        page.convert("L").save(out, "PNG")
        across, down = page.size
    scale = min(width / across, 112 / down)
    framed = Table([[Image(out, across * scale, down * scale)]], hAlign="LEFT")
    framed.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 0.4, colors.gray),
            *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("TOP", "LEFT", "RIGHT", "BOTTOM")),
        ]
    )
    return framed


def _big_facts(facts: Sequence[BigFact]) -> Flowable:
    """Large while there are few; a set of five parts has smaller letters."""
    size = 15 if len(facts) <= 5 else 11
    big = ParagraphStyle("big", parent=BODY, fontName=BOLD, fontSize=size, leading=size * 1.2)
    cells = [[text(fact.label, SMALL), text(fact.value, big), text(fact.under, SMALL)] for fact in facts]
    rows: list[list[object]] = [[cell] for cell in cells]
    if len(facts) > 5:
        rows = [list(cells[k : k + 2]) + [""] * (2 - len(cells[k : k + 2])) for k in range(0, len(cells), 2)]
    width = INNER * 0.47 / len(rows[0])
    table = Table(rows, colWidths=[width] * len(rows[0]))
    table.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.gray),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return table


def _boxed(label: str, words: str) -> Flowable:
    """With a bar at its left."""
    table = Table([[text(label, _NAME), text(words, _LEAD)]], colWidths=[INNER * 0.13, INNER * 0.87])
    table.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 1, colors.black),
            ("LINEBEFORE", (0, 0), (0, -1), 6, colors.black, 0),
            ("LEFTPADDING", (0, 0), (0, -1), 10),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def _steps(steps: Sequence[TicketStep]) -> Flowable:
    head = ("", "Step and machine", "Scan", "Makes", "Planned", "Good", "Spoiled", "By, time")
    rows = [
        (
            [text(number, _STEP)],
            [text(step.name, _NAME), text(step.machine, SMALL)],
            [_Bars(step.code, INNER * 0.22, 17), text(step.ticket, _CODE)],
            [text(step.makes, _NAME), text(step.given, SMALL)],
            [text(step.planned, CELL)],
            "", "", "",
        )
        for number, step in enumerate(steps, start=1)
    ]  # fmt: skip
    table = grid(head, rows, widths=(5, 19, 26, 21, 10, 9, 9, 12))
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.gray),
            ("TOPPADDING", (0, 1), (-1, -1), 2),
            ("LEFTPADDING", (2, 1), (2, -1), 1),
            ("RIGHTPADDING", (2, 1), (2, -1), 4),
        ]
    )
    return table


class _Bars(Code128Flowable):
    """The bars alone: what they say stands beneath as people read it."""

    def draw(self) -> None:
        """Paints on the canvas the page gave us."""
        draw_code128(self.canv, self.value, x=0, y=0, width=self.width, height=self.height)


def _instructions(instructions: Sequence[Instruction]) -> Iterator[Flowable]:
    """Side by side, the drawing of each beside its sentences."""
    if instructions:
        yield Spacer(0, 4)
        yield _abreast([_instruction(one, INNER / _HOW) for one in instructions], _HOW)


def _abreast(cells: Sequence[object], count: int) -> Flowable:
    """In rows of so many."""
    filled = [*cells, *[""] * (-len(cells) % count)]
    rows = [filled[k : k + count] for k in range(0, len(filled), count)]
    return _bare(rows, [INNER / count] * count)


def _instruction(one: Instruction, width: float) -> Flowable:
    words = [text(one.title, _NAME), *(text(sentence, CELL) for sentence in one.sentences)]
    if one.drawing is None:
        return _bare([[words]], [width])
    return _bare([[words, Drawn(one.drawing, width * 0.42, 70)]], [width * 0.55, width * 0.44])


def _dummy(sides: Sequence[tuple[str, Drawing]]) -> Iterator[Flowable]:
    """Fronts and backs in turns, as the sheets lie in the nest from the outside."""
    if not sides:
        return
    abreast = min(max(len(sides), _ABREAST), _MOST_ABREAST)
    room = INNER / abreast - 10
    cells = [[Drawn(drawing, room, 52), text(name, SMALL)] for name, drawing in sides]
    first = _abreast(cells[:abreast], abreast)
    yield KeepTogether([text("Folding dummy: which page lies where", SECTION), first])
    if cells[abreast:]:
        yield _abreast(cells[abreast:], abreast)


def _foot(facts: Sequence[tuple[str, str]]) -> Flowable:
    cells = [
        [text(label, _NAME), *(text(line, CELL) for line in words.split("\n"))] for label, words in facts
    ]
    return _bare([cells], [INNER / len(cells)] * len(cells))


def _bare(rows: Sequence[Sequence[object]], widths: Sequence[float]) -> Table:
    """Cells side by side without lines."""
    table = Table([list(row) for row in rows], colWidths=list(widths))
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return table
