"""``indicia impose``: pages of files laid on press sheets, without the plant."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.prepress.fold_check.findings import Checked, SheetFinding
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import MARKS, TURNS, Asked
from production.prepress.imposition.impose import Imposed
from production.prepress.imposition.impose import impose as impose_files
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.signatures import FOLDINGS
from production.prepress.sheet_check import folded
from web.commands.telling import to_json

_EXIT_FINDINGS = 2
# Sides that are checked along: a book of 800 pages, some five seconds. The command prints nothing; what the plant
# prints is checked whatever its length (frontdesk.preparation.press_sheets).
MOST_CHECKED = 400
_POINTS = 72.0  # an inch has
_STANDARD_MARKS = ",".join(mark for mark in MARKS if mark != "color-bar")
_COPIES = re.compile(r"(?P<path>.+):(?P<copies>\d{1,6})")


class Lengths(click.ParamType[tuple[float, float]]):
    """Two lengths in inches, ``8.5x11`` or ``1,2``, as points."""

    def __init__(self, between: str) -> None:
        self.between, self.name = between, f"W{between}H"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        try:
            first, second = (float(part) * _POINTS for part in value.lower().split(self.between))
        except ValueError:
            self.fail(f"{value!r} is not two lengths in inches like 8.5{self.between}11.", param, ctx)
        return first, second


class Inches(click.ParamType[float]):
    """A length in inches, as points."""

    name = "inches"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return float(value) * _POINTS
        except ValueError:
            self.fail(f"{value!r} is not a length in inches.", param, ctx)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--scheme", required=True, type=click.Choice(list(TURNS)), help="How pages come to their places."
)
@click.option("--sheet", required=True, type=Lengths("x"), help="Press sheet, inches.")
@click.option("--trim", required=True, type=Lengths("x"), help="Finished page as read, inches.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The sheets, a PDF."
)
@click.option("--bleed", default=0.0, type=Inches(), help="Paint over each cut, inches.")
@click.option(
    "--caliper", default=0.0, type=Inches(), help="Thickness of a sheet, inches; creep comes of it."
)
@click.option("--creep-factor", default=1.0, type=float, help="How far real folds push beyond the geometry.")
@click.option(
    "--signature", default=4, type=int, help=f"Pages of a folded sheet: {', '.join(map(str, FOLDINGS))}."
)
@click.option("--nest", default=1, type=int, help="Sheets inside one another of a perfect-bound book.")
@click.option("--up", type=int, help="Places on a side; as many as fit when not said.")
@click.option("--turn", type=click.Choice(["left-right", "head-to-foot", "none"]), help="Between the sides.")
@click.option("--blanks", default="end", type=click.Choice(["end", "before-back"]), help="Where blanks go.")
@click.option(
    "--parts", default=1, type=int, help="Parts of a carbonless set, a page each, the top one first."
)
@click.option("--number-first", type=int, help="First number.")
@click.option("--number-last", type=int, help="Last number.")
@click.option("--number-format", default="{:06d}", help="Text around {:06d}, with {check} for a check digit.")
@click.option("--number-at", default="0.5,0.5", type=Lengths(","), help="From the trim's lower left, inches.")
@click.option(
    "--margin", default=0.0, type=Inches(), help="What the press does not print at each edge, inches."
)
@click.option(
    "--marks",
    default="",
    is_flag=False,
    flag_value=_STANDARD_MARKS,
    help=f"Some of {', '.join(MARKS)}; or all.",
)
@click.option(
    "--check/--no-check",
    "is_checked",
    default=None,
    help=f"Fold and read the sheets; default: up to {MOST_CHECKED} sides.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def impose(
    context: click.Context,
    /,
    files: tuple[str, ...],
    out: Path,
    marks: str,
    is_checked: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Lay the pages of PDFs on press sheets (docs/imposition.md). A gang takes several, each FILE:COPIES. Exit 2 when
    the sheets, folded, are not what they should be.
    """
    first, last, written = (options.pop(f"number_{name}") for name in ("first", "last", "format"))
    asked = Asked(
        **options,
        numbers=_numbers(first, last, written),
        marks=MARKS if marks == "all" else tuple(filter(None, marks.split(","))),
    )
    given = [_given(file, asked.scheme) for file in files]
    made = impose_files(given, asked, out)
    check = _check(made, given) if _is_due(made, is_checked) else None
    click.echo(_program(made, check) if as_json else _words(made, check))
    context.exit(0 if check is None or check.ok else _EXIT_FINDINGS)


def _is_due(made: Imposed, is_checked: bool | None) -> bool:
    return made.layout.sides <= MOST_CHECKED if is_checked is None else is_checked


def _check(made: Imposed, given: Sequence[Given]) -> Checked:
    """What the checker says, which knows the sheets and the layout and nothing of how they were made."""
    with TemporaryDirectory() as folder:
        layout = Path(folder) / "layout.json"
        layout.write_text(json.dumps(made.layout.as_data()), "utf-8")
        return folded(made.path, [Path(one.path) for one in given], layout)


def _program(made: Imposed, check: Checked | None) -> str:
    layout = made.layout
    counts = {"sheets": layout.sheets, "sides": layout.sides, "blanks": layout.blanks}
    said = {"warnings": [*made.findings, *_unchecked(check)], "check": check, "layout": layout.as_data()}
    return to_json(counts | said)


def _words(made: Imposed, check: Checked | None) -> str:
    layout = made.layout
    lines = [f"{layout.sheets:,} sheets, {layout.sides:,} sides, {layout.blanks:,} blanks: {made.path}"]
    findings: list[Finding | SheetFinding] = [*made.findings, *_unchecked(check)]
    findings += check.findings if check else []
    return "\n".join([*lines, *(f"  {one.message} {one.remedy} [{one.code}]" for one in findings)])


def _unchecked(check: Checked | None) -> list[Finding]:
    if check is not None:
        return []
    message, remedy = (
        "The sheets were not folded and read.",
        "Run indicia impose-check before they are printed.",
    )
    return [Finding("SHEETS_UNCHECKED", Severity.WARN, message, remedy)]


def _numbers(first: int | None, last: int | None, written: str) -> Numbers | None:
    if first is None and last is None:
        return None
    if last is None:
        message = "A run of numbers needs its last."
        raise InvalidInput(message, code="NUMBER_RANGE", remedy="Say --number-last.", field="number_last")
    return Numbers(1 if first is None else first, last, written)


def _given(file: str, scheme: str) -> Given:
    match = _COPIES.fullmatch(file) if scheme == "gang" else None
    path, copies = (Path(match["path"]), int(match["copies"])) if match else (Path(file), 1)
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.", code="NOT_FOUND", remedy="Name a PDF.", field="files")
    if copies < 1:
        raise InvalidInput(
            f"{path.name} is wanted no time.", code="SPEC_FIELD", remedy="Say at least :1.", field="files"
        )
    return Given(str(path), path.name, copies)
