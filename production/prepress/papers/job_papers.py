"""The papers of a mailing as PDFs from plain values: job ticket, tray labels, postage statement preview,
qualification report, meter day sheet.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from reportlab.lib import colors
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer, Table

from kernel.clock import long_date
from kernel.money import Money
from postal.admission.incentives import STATEMENT, SUBMITTER, Earned
from postal.money.meters import Registers, TieOut
from postal.papers.documentation import BUNDLE_COLUMNS, QualificationReport
from postal.papers.statement import Statement
from postal.sorting.presort_plan import TrayLabel
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.sheet import (  # fmt: skip
    BODY,
    BOLD,
    CELL,
    HEIGHT,
    INNER,
    MONO,
    NOT_LIVE,
    REGULAR,
    SECTION,
    SMALL,
    WIDTH,
    Code128Flowable,
    draw_code128,
    facts,
    grid,
    keep,
    text,
    use_fonts,
    write,
)
from production.prepress.second_reading import MOST_SHEETS, spread

# --- job ticket --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketOperation:
    """One line of the route: what is done, where, how much, and anything the operator must know."""

    name: str
    work_center: str
    quantity: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobTicketPaper:
    """What travels with a job. ``facts``: label and value, in reading order. ``barcode``: what a scanner at the work
    center reads, normally the job or segment number."""

    number: str
    title: str
    agency: str
    barcode: str
    facts: tuple[tuple[str, str], ...]
    operations: tuple[TicketOperation, ...]
    instructions: tuple[str, ...] = ()
    caution: tuple[str, ...] = ()


def job_ticket(paper: JobTicketPaper, out: Path) -> PrintFile:
    """The ticket: number large and as Code 128, facts, route with room for initials, instructions."""
    use_fonts()
    number = CELL.clone("number", fontName=BOLD, fontSize=24, leading=28)
    title = CELL.clone("title", fontName=BOLD, fontSize=12, leading=15)
    left = [text(paper.number, number), text(paper.title, title), text(paper.agency, BODY)]
    code = Code128Flowable(paper.barcode, INNER * 0.44, 58)
    top = Table([[left, code]], colWidths=[INNER * 0.55, INNER * 0.45])
    top.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    story: list[Flowable] = [top, Spacer(0, 6), facts(paper.facts), text("Route", SECTION)]
    rows = [
        (
            k,
            [text(op.name, CELL), *([text(op.note, SMALL)] if op.note else [])],
            op.work_center,
            op.quantity,
            "",
            "",
            "",
        )
        for k, op in enumerate(paper.operations, start=1)
    ]
    head = ("", "Operation", "Work center", "Quantity", "Good", "Spoiled", "Initials, time")
    route = grid(head, rows, widths=(4, 32, 18, 14, 9, 9, 16), right=(0, 3))
    # Boxes to write in.
    route.setStyle(
        [("LINEBEFORE", (4, 0), (-1, -1), 0.4, colors.gray), ("BOTTOMPADDING", (0, 1), (-1, -1), 9)]
    )
    story.append(route)
    if paper.instructions:
        story.append(text("Instructions", SECTION))
        story += [text(f"\u2022 {line}", BODY) for line in paper.instructions]
    return write(
        out, story, title="Job ticket", subtitle=paper.number, caution=paper.caution, figures=[paper.barcode]
    )


# --- tray labels -------------------------------------------------------------------------------------------

# Label of 3.25 x 2 in; the layout of the USPS specification was not at hand, so it is unconfirmed.
LABEL_WIDTH, LABEL_HEIGHT = 3.25 * 72, 2.0 * 72
LABEL_CAUTION = (
    "Size and layout of the tray label are not confirmed against the USPS tray label specification."
)
_LABEL_COLUMNS, _LABEL_ROWS = 2, 5
_LABEL_GAP = 0.25 * 72


@dataclass(frozen=True, slots=True)
class TrayLabelPaper:
    """One label. ``barcode``: 24 digits of the Intelligent Mail tray barcode, or empty where there is none."""

    tray: int
    line_1: str
    line_2: str
    line_3: str
    barcode: str
    tray_type: str
    level: str
    pieces: int
    first_piece: int
    last_piece: int
    stream: str = ""  # of a mailing of several, and which trays have the same destination

    @classmethod
    def of(cls, label: TrayLabel, barcode: str) -> TrayLabelPaper:
        """From a plan's label."""
        return cls(
            label.tray, label.line_1, label.line_2, label.line_3, barcode, label.tray_type, label.level,
            label.pieces, label.first_piece, label.last_piece,
        )  # fmt: skip


def tray_labels(labels: Sequence[TrayLabelPaper], out: Path, *, caution: Sequence[str] = ()) -> PrintFile:
    """Labels on letter sheets, two by five, in tray order, with cutting lines. ValueError without labels."""
    if not labels:
        raise ValueError("there are no trays to label")
    use_fonts()
    buffer = io.BytesIO()
    # The stubs take the font name for a number.
    canvas = Canvas(buffer, pagesize=letter, invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]
    canvas.setTitle("Tray labels")
    per_page = _LABEL_COLUMNS * _LABEL_ROWS
    pages = -(-len(labels) // per_page)
    left = (WIDTH - _LABEL_COLUMNS * LABEL_WIDTH - _LABEL_GAP) / 2
    top = HEIGHT - (HEIGHT - _LABEL_ROWS * LABEL_HEIGHT) / 2
    for index, label in enumerate(labels):
        row, column = divmod(index % per_page, _LABEL_COLUMNS)
        x, y = left + column * (LABEL_WIDTH + _LABEL_GAP), top - (row + 1) * LABEL_HEIGHT
        _draw_label(canvas, label, x, y, is_live=not caution)
        if index % per_page == per_page - 1 or index == len(labels) - 1:
            canvas.setFont(REGULAR, 7)
            canvas.drawString(
                left, 18, f"{NOT_LIVE}: {LABEL_CAUTION}" if caution else "Cut on the dashed lines."
            )
            canvas.drawRightString(WIDTH - left, 18, f"Page {index // per_page + 1} of {pages}")
            canvas.showPage()
    canvas.save()
    words: list[list[str]] = [[] for _ in range(pages)]
    for sheet in spread(pages, MOST_SHEETS):
        for label in labels[sheet * per_page : (sheet + 1) * per_page]:
            words[sheet] += [
                label.line_1,
                label.line_2,
                label.line_3,
                label.barcode,
                f"Tray {label.tray:,}",
                _span(label),
                *([label.stream] if label.stream else []),
            ]
    return keep(out, buffer.getvalue(), words)


def _draw_label(canvas: Canvas, label: TrayLabelPaper, x: float, y: float, *, is_live: bool) -> None:
    canvas.saveState()
    canvas.setStrokeColor(colors.gray)
    canvas.setLineWidth(0.4)
    canvas.setDash(2, 3)
    canvas.rect(x, y, LABEL_WIDTH, LABEL_HEIGHT)
    canvas.restoreState()
    inside = LABEL_WIDTH - 20
    at = y + LABEL_HEIGHT - 25
    for line, font, size in ((label.line_1, BOLD, 15), (label.line_2, BOLD, 12), (label.line_3, REGULAR, 10)):
        # A long destination is set smaller, never cut.
        fitting = min(size, size * inside / max(1.0, stringWidth(line, font, size)))
        canvas.setFont(font, fitting)
        canvas.drawString(x + 10, at, line)
        at -= size + 3
    if label.barcode:
        draw_code128(canvas, label.barcode, x=x + 6, y=y + 30, width=LABEL_WIDTH - 12, height=48)
        canvas.setFont(MONO, 7.5)
        canvas.drawCentredString(x + LABEL_WIDTH / 2, y + 21, label.barcode)
    else:
        canvas.setFont(REGULAR, 8)
        canvas.drawString(x + 10, y + 45, "No content identifier is known: no tray barcode.")
    canvas.setFont(REGULAR, 7.5)
    canvas.drawString(x + 10, y + 8, f"Tray {label.tray:,}  {label.tray_type}  {label.level}")
    if label.stream:
        canvas.drawString(x + 10, y + LABEL_HEIGHT - 9, label.stream)
    canvas.drawRightString(x + LABEL_WIDTH - 10, y + 8, _span(label))
    if not is_live:
        canvas.setFont(BOLD, 6)
        canvas.drawRightString(x + LABEL_WIDTH - 10, y + LABEL_HEIGHT - 9, NOT_LIVE)


def _span(label: TrayLabelPaper) -> str:
    return f"{label.pieces:,} pieces, {label.first_piece:,}\u2013{label.last_piece:,}"


# --- postage statement -------------------------------------------------------------------------------------


def statement_preview(statement: Statement, out: Path) -> PrintFile:
    """The operator's copy of a postage statement: blocks and parts of PS Form 3600-FCM, not the form itself."""
    use_fonts()
    head = statement.header
    mailer = [
        ("Permit holder", head.permit_holder), ("CRID", head.permit_holder_crid),
        ("Mailing agent", head.mailing_agent), ("Agent CRID", head.mailing_agent_crid),
        ("Owner CRID", head.mail_owner_crid),
        ("Permit number", head.permit_number), ("Postage account", head.postage_account),
    ]  # fmt: skip
    mailing = [
        ("Post office of mailing", head.post_office), ("Mailing date", _day(statement.mail_date)),
        ("Class", statement.mail_class), ("Processing category", statement.processing_category),
        ("Type of postage", statement.postage_type), ("Statement number", head.statement_number),
        ("Weight of a piece", " and ".join(f"{weight} lb" for weight in statement.piece_weights_lb)),
        ("Total weight", f"{statement.total_weight_lb:,} lb"),
        ("Total pieces", f"{statement.pieces:,}"),
        ("Containers", ", ".join(f"{count:,} {name}" for name, count in statement.containers)),
        ("Move Update", f"{head.move_update_method} {_day(head.move_update_date)}".strip()),
        ("Address matching", f"{head.address_matching_method} {_day(head.address_matching_date)}".strip()),
    ]  # fmt: skip
    owner = [("Mail owner", head.mail_owner)]
    if head.nonprofit_authorization:
        owner.append(("Nonprofit authorization", head.nonprofit_authorization))
    story: list[Flowable] = [
        text("Mailer", SECTION),
        facts(_shown(mailer)),
        facts(_shown(owner), columns=1),
        text("Mailing", SECTION),
        facts(_shown(mailing)),
    ]
    for part in statement.parts:
        rows: list[tuple[object, ...]] = [
            (
                line.line, line.description, str(line.rate),
                f"{line.pieces:,}" if line.pounds is None else f"{line.pounds:,} lb", str(line.postage),
            )
            for line in statement.lines
            if (line.part, line.part_name) == (part.part, part.name)
        ]  # fmt: skip
        rows.append(("", "Part total", "", f"{part.pieces:,}", str(part.postage)))
        story.append(text(f"Part {part.part}  {part.name}", SECTION))
        columns = ("Line", "Description", "Price, $", "Pieces", "Subtotal, $")
        story.append(grid(columns, rows, widths=(8, 48, 12, 14, 18), right=(2, 3, 4), last_is_total=True))
    story += [text("Postage", SECTION), facts(_postage(statement), columns=1), Spacer(0, 6)]
    story.append(
        text("Preview for the operator. The legal statement is the electronic one (DMM 203.1).", SMALL)
    )
    subtitle = f"{statement.form}, {statement.form_edition}"
    figures = [f"{statement.pieces:,}", str(statement.postage), str(statement.net_due)]
    figures += [str(line.postage) for line in statement.lines]
    return write(
        out, story, title="Postage statement preview", subtitle=subtitle, caution=statement.assumptions,
        figures=figures,
    )  # fmt: skip


def _postage(statement: Statement) -> list[tuple[str, str]]:
    lines = [("Subtotal", f"$ {statement.subtotal}")]
    lines += [
        (_incentive(one), f"$ -{one.amount}") for one in statement.discounts if one.paid_to == STATEMENT
    ]
    lines.append(("Total postage, half up to the cent", f"$ {statement.postage}"))
    settlement = statement.settlement
    if settlement is not None:
        each = f" at $ {settlement.affixed_rate} each" if settlement.affixed_rate else ""
        lines.append((f"Affixed ({settlement.way}){each}", f"$ {settlement.affixed}"))
        if settlement.refund_claim:
            lines.append(("Refund claim", f"$ {settlement.refund_claim}"))
    lines.append(("Net postage due", f"$ {statement.net_due}"))
    credited = [one for one in statement.discounts if one.paid_to == SUBMITTER]
    lines += [(f"{_incentive(one)}, to the submitter's account", f"$ {statement.credit}") for one in credited]
    return lines


def _incentive(one: Earned) -> str:
    return f"{one.title} incentive, {one.pieces:,} pieces at $ {one.rate}"


def _day(day: date | None) -> str:
    return long_date(day) if day else ""


def _shown(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, value or "\u2014") for label, value in pairs]


# --- qualification report ----------------------------------------------------------------------------------


def qualification_paper(report: QualificationReport, out: Path) -> PrintFile:
    """One line a tray with running totals, then totals by level and by tray type."""
    use_fonts()
    names = dict(report.header)
    pairs = [(key.capitalize(), value) for key, value in report.header]
    story: list[Flowable] = [facts(_shown(pairs)), Spacer(0, 6)]
    story.append(text("  ".join(f"{code} = {name}" for code, name in report.abbreviations), SMALL))
    story.append(text("Trays", SECTION))
    rows = [
        tuple(f"{v:,}" if isinstance(v, int) and k else v for k, v in enumerate(row)) for row in report.rows
    ]
    shown = [column.removeprefix("pieces_").replace("_", " ") for column in report.columns]
    figures = [k for k, row in enumerate(report.rows[0]) if isinstance(row, int)] if report.rows else []
    widths = [
        max(len(name), *(len(str(row[k])) for row in rows[:50] or [("",) * 99])) + 3
        for k, name in enumerate(shown)
    ]
    story.append(grid(shown, rows, widths=widths, right=figures))
    story.append(text("Totals", SECTION))
    totals = [
        (level, f"{trays:,}", f"{pieces:,}", price, postage)
        for level, trays, pieces, price, postage in report.totals
    ]
    story.append(
        grid(
            ("Level", "Trays", "Pieces", "Price, $", "Postage, $"),
            totals,
            widths=(20, 14, 18, 18, 24),
            right=(1, 2, 3, 4),
        )
    )
    story += (
        [Spacer(0, 6), facts([(name, f"{count:,}") for name, count in report.trays])] if report.trays else []
    )
    if report.bundles:
        shown = [name.removeprefix("bundle_").replace("_", " ") for name in BUNDLE_COLUMNS]
        rows = [
            (f"{tray:,}", f"{bundle:,}", *rest[:-1], f"{rest[-1]:,}")
            for tray, bundle, *rest in report.bundles
        ]
        story += [
            text("Bundles", SECTION),
            grid(shown, rows, widths=(12, 14, 16, 16, 14, 14), right=(0, 1, 5)),
        ]
    subtitle = f"{names.get('mailing date', '')}  {names.get('title', '')}".strip()
    return write(
        out, story, title="Qualification report", subtitle=subtitle, caution=report.assumptions,
        figures=[str(cell) for _, _, *cells in totals for cell in cells],
    )  # fmt: skip


# --- meter day sheet ---------------------------------------------------------------------------------------


class PricedRun(Protocol):
    """A run as the sheet prints it: ``rate`` is the price of a piece, or a dash for pieces of several prices."""

    @property
    def account(self) -> str: ...

    @property
    def pieces(self) -> int: ...

    @property
    def rate(self) -> object: ...

    @property
    def postage(self) -> Money: ...


@dataclass(frozen=True, slots=True)
class MeterRunLine:
    """One run with what the sheet says about it beside its arithmetic."""

    run: PricedRun
    agency: str
    mail_class: str
    shape: str
    weight_step: str


@dataclass(frozen=True, slots=True)
class MeterSheetPaper:
    """A meter's day. ``refills``: reference and amount."""

    meter: str
    day: date
    opening: Registers
    closing: Registers
    runs: tuple[MeterRunLine, ...]
    refills: tuple[tuple[str, Money], ...]
    tie_out: TieOut
    operator: str = ""
    caution: tuple[str, ...] = ()


def meter_sheet(paper: MeterSheetPaper, out: Path) -> PrintFile:
    """Registers, runs, and whether they tie out; a gap is named with its amount."""
    use_fonts()
    opening, closing = paper.opening, paper.closing
    story: list[Flowable] = [
        facts(_shown([("Meter", paper.meter), ("Date", _day(paper.day)), ("Operator", paper.operator)]))
    ]
    story.append(text("Registers", SECTION))
    rows = [
        (name, str(start), str(end), str(end - start))
        for name, start, end in (
            ("Ascending, $", opening.ascending, closing.ascending),
            ("Descending, $", opening.descending, closing.descending),
            ("Control total, $", opening.control_total, closing.control_total),
        )
    ]
    if opening.count is not None and closing.count is not None:
        rows.append(
            ("Imprints", f"{opening.count:,}", f"{closing.count:,}", f"{closing.count - opening.count:,}")
        )
    story.append(
        grid(("Register", "Opening", "Closing", "Difference"), rows, widths=(30, 22, 22, 22), right=(1, 2, 3))
    )
    if paper.refills:
        story.append(text("Refills", SECTION))
        amounts = [(reference, str(amount)) for reference, amount in paper.refills]
        story.append(grid(("Reference", "Amount, $"), amounts, widths=(60, 20), right=(1,)))
    story += [text("Runs", SECTION), _runs_table(paper), text("Tie-out", SECTION), *_tie_out(paper.tie_out)]
    story += [Spacer(0, 24), facts([("Checked by", "\u00a0"), ("Date and time", "\u00a0")])]
    subtitle = f"Meter {paper.meter}, {paper.day.isoformat()}"
    return write(out, story, title="Meter day sheet", subtitle=subtitle, caution=paper.caution)


def _runs_table(paper: MeterSheetPaper) -> Flowable:
    rows: list[tuple[object, ...]] = [
        (
            line.agency, line.run.account, line.mail_class, line.shape, line.weight_step,
            f"{line.run.pieces:,}", str(line.run.rate), str(line.run.postage),
        )
        for line in paper.runs
    ]  # fmt: skip
    rows.append(
        ("Total", "", "", "", "", f"{paper.tie_out.pieces_by_runs:,}", "", str(paper.tie_out.postage_by_runs))
    )
    head = ("Agency", "Account", "Class", "Shape", "Weight step", "Pieces", "Price, $", "Postage, $")
    return grid(head, rows, widths=(22, 16, 16, 11, 13, 11, 11, 14), right=(5, 6, 7), last_is_total=True)


def _tie_out(result: TieOut) -> list[Flowable]:
    pairs = [
        ("Postage by registers", f"$ {result.postage_by_registers}"),
        ("Postage by runs", f"$ {result.postage_by_runs}"),
        ("Gap", f"$ {result.gap}"),
        ("Gap of the control total", f"$ {result.control_gap}"),
    ]
    verdict = "The sheet ties out." if result.is_tied else "THE SHEET DOES NOT TIE OUT AND STAYS OPEN."
    lines: list[Flowable] = [facts(pairs), Spacer(0, 6), text(verdict, SECTION)]
    return [*lines, *(text(f"\u2022 {f.code}: {f.message} {f.remedy}", BODY) for f in result.findings)]
